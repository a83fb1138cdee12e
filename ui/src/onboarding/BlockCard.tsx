// What was read out of a block, without its token, which nobody needs to see again.

import { Strange } from "../parts/Strange";
import type { Block } from "../words/block";
import { paste } from "../words/welcome";

/** The card. */
export function BlockCard({ block, onAgain }: { block: Block; onAgain: () => void }) {
  return (
    <section className="block" aria-label={paste.read} aria-live="polite">
      <dl className="facts">
        <dt>{paste.platform}</dt>
        <dd>
          <Strange text={block.platform} />
        </dd>
        <dt>{paste.workspace}</dt>
        <dd>
          <Strange text={block.workspace} className="facts-code" />
        </dd>
        {block.token !== null && (
          <>
            <dt>{paste.token}</dt>
            <dd>{paste.hasToken}</dd>
          </>
        )}
      </dl>
      <button type="button" className="button" onClick={onAgain}>
        {paste.again}
      </button>
    </section>
  );
}
