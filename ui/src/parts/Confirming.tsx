// How an admin change goes: it waits for the dialog that the host has opened, or says why it was not made.

import { changing } from "../words/parts";
import { Failure } from "./Failure";
import { Notice } from "./Notice";
import type { Change } from "./use-change";

/** The words; nothing while nothing was asked for. */
export function Confirming({ change: { asking, failure } }: { change: Change }) {
  return (
    <>
      <div role="status">
        {asking && <Notice title={changing.confirm}>{changing.confirmWords}</Notice>}
      </div>
      {failure && <Failure failure={failure} />}
    </>
  );
}
