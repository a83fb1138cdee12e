// Deliveries, one a line. A line's method is a button that opens it; the mouse may click anywhere on the line.

import { memo } from "react";

import type { DeliveryView } from "../generated/DeliveryView";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { deliveryWords, doorWords, outcomeLook, size, took } from "../words/deliveries";
import { momentOf } from "../words/figures";
import "./list.css";

interface ListProps {
  deliveries: readonly DeliveryView[];
  open: number | null;
  onOpen: (id: number) => void;
}

/** The table. */
export function List({ deliveries, open, onOpen }: ListProps) {
  const { columns } = deliveryWords;
  return (
    <table className="arrivals">
      <caption className="unseen">{deliveryWords.list}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.at}</th>
          <th scope="col">{columns.method}</th>
          <th scope="col">{columns.outcome}</th>
          <th scope="col">{columns.door}</th>
          <th scope="col" className="arrivals-figure">
            {columns.bytes}
          </th>
          <th scope="col" className="arrivals-figure">
            {columns.events}
          </th>
          <th scope="col" className="arrivals-figure">
            {columns.took}
          </th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <Line key={delivery.id} delivery={delivery} isOpen={delivery.id === open} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  );
}

interface LineProps {
  delivery: DeliveryView;
  isOpen: boolean;
  onOpen: (id: number) => void;
}

const Line = memo(
  function Line({ delivery, isOpen, onOpen }: LineProps) {
    const look = outcomeLook(delivery.outcome);
    return (
      <tr className={isOpen ? "arrivals-line arrivals-line-open" : "arrivals-line"}>
        <td className="arrivals-at">
          <time dateTime={delivery.at}>{momentOf(delivery.at)}</time>
        </td>
        <td>
          <button
            type="button"
            className="arrivals-open"
            aria-expanded={isOpen}
            onClick={() => {
              onOpen(delivery.id);
            }}
          >
            <Strange text={delivery.method === "" ? "—" : delivery.method} />
          </button>
        </td>
        <td>
          <span className="arrivals-outcome">
            <StateMark look={look} />
            {look.word}
          </span>
        </td>
        <td>{doorWords(delivery.door)}</td>
        <td className="arrivals-figure">{size(delivery.bytes)}</td>
        <td className="arrivals-figure">{delivery.events ?? ""}</td>
        <td className="arrivals-figure">{took(delivery.took_ms)}</td>
      </tr>
    );
  },
  (before, after) =>
    before.isOpen === after.isOpen &&
    before.onOpen === after.onOpen &&
    before.delivery.id === after.delivery.id &&
    before.delivery.outcome === after.delivery.outcome,
);
