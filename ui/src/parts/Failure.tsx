// Something that was asked for did not happen: what, why, and what to do next.

import type { ApiError } from "../generated/ApiError";
import { Prose } from "./Prose";
import { sentence } from "../words/sentence";
import "./failure.css";

/** The failure in words; read out when it appears. */
export function Failure({ failure: { message, next } }: { failure: ApiError }) {
  return (
    <div className="failure" role="alert">
      <p>
        <Prose text={sentence(message)} />
      </p>
      {next !== null && (
        <p>
          <Prose text={sentence(next)} />
        </p>
      )}
    </div>
  );
}
