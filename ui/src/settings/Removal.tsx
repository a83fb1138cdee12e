// Before anything is taken off this laptop: what that deletes, then the word for it. What comes after is its owner's.

import { useState, type ReactNode } from "react";

import type { Trace } from "../generated/Trace";
import type { TraceList } from "../generated/TraceList";
import type { Ask } from "../host/routes";
import { Confirming } from "../parts/Confirming";
import { Failure } from "../parts/Failure";
import { Row, Section } from "../parts/Section";
import { useChange, type Change } from "../parts/use-change";
import { changing } from "../words/parts";
import { forgetting } from "../words/settings";
import { Traces } from "./Traces";

interface RemovalProps {
  title: string;
  lead: string;
  /** The word that deletes. */
  sure: string;
  /** The word that looks, for the ear, where several look alike. */
  look?: string;
  /** Asks what there is. */
  ask: Ask<TraceList>;
  /** The deleting, as it goes. */
  change: Change;
  /** Begins it. */
  onSure: () => void;
  /** That it is under way for good, and what comes now. */
  ending?: string | undefined;
  /** What is deleted besides. */
  children?: ReactNode;
}

/** The part. */
export function Removal({ title, lead, sure, look, ask, change, onSure, ending, children }: RemovalProps) {
  const [traces, setTraces] = useState<readonly Trace[] | null>(null);
  const looking = useChange();
  const isUnderWay = change.asking || ending !== undefined;
  return (
    <Section title={title} lead={lead}>
      {traces ? (
        <div className="form">
          <p>{forgetting.will}</p>
          <Traces traces={traces} />
          {children}
          {ending === undefined ? <Confirming change={change} /> : <p role="status">{ending}</p>}
          <div className="form-foot">
            <button
              type="button"
              className="button"
              disabled={isUnderWay}
              onClick={() => {
                setTraces(null);
              }}
            >
              {changing.cancel}
            </button>
            <button type="button" className="button button-danger" disabled={isUnderWay} onClick={onSure}>
              {sure}
            </button>
          </div>
        </div>
      ) : (
        <Row title={forgetting.what}>
          <button
            type="button"
            className="button"
            disabled={looking.asking}
            aria-label={look}
            onClick={() => {
              void looking.run(ask).then((found) => {
                setTraces(found?.traces ?? null);
              });
            }}
          >
            {forgetting.look}
          </button>
        </Row>
      )}
      {looking.failure && <Failure failure={looking.failure} />}
    </Section>
  );
}
