// Everything about one delivery: headers and sizes, and bodies where the profile records them.

import { useEffect, useMemo, useRef } from "react";

import type { DeliveryDetail } from "../generated/DeliveryDetail";
import type { DeliveryView } from "../generated/DeliveryView";
import { ask } from "../host/routes";
import { Failure } from "../parts/Failure";
import { Icon } from "../parts/Icon";
import { Prose } from "../parts/Prose";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { useAsked } from "../parts/use-asked";
import { deliveryWords, doorWords, outcomeLook, size, took } from "../words/deliveries";
import { momentOf } from "../words/figures";
import { sentence } from "../words/sentence";
import { Again } from "./Again";
import { Message } from "./Message";
import "./detail.css";

interface DetailProps {
  profile: string;
  delivery: DeliveryView;
  onClose: () => void;
}

/** The panel. */
export function Detail({ profile, delivery, onClose }: DetailProps) {
  const { id } = delivery;
  const wanted = useMemo(() => ask.delivery(profile, id), [profile, id]);
  // When it has ended there is an answer.
  const { answer: detail, failure } = useAsked(wanted, delivery.outcome ?? "");
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    title.current?.focus();
  }, []);
  return (
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions -- Escape closes it from anywhere inside
    <section
      className="inspector-detail"
      aria-label={deliveryWords.details(id)}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          onClose();
        }
      }}
    >
      <div className="detail-head">
        <h2 ref={title} tabIndex={-1} className="detail-title">
          {deliveryWords.details(id)}
        </h2>
        <button type="button" className="button button-quiet" aria-label={deliveryWords.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <Again profile={profile} id={id} />
      <Facts delivery={delivery} words={detail?.words ?? null} />
      {failure && <Failure failure={failure} />}
      {detail && <Parts detail={detail} />}
    </section>
  );
}

function Facts({ delivery, words }: { delivery: DeliveryView; words: string | null }) {
  const { columns } = deliveryWords;
  const look = outcomeLook(delivery.outcome);
  return (
    <dl className="facts">
      <dt>{columns.outcome}</dt>
      <dd className="arrivals-outcome">
        <StateMark look={look} />
        {look.word}
      </dd>
      {words !== null && (
        <>
          <dt>{deliveryWords.because}</dt>
          <dd>
            <Prose text={sentence(words)} />
          </dd>
        </>
      )}
      <dt>{columns.at}</dt>
      <dd>{momentOf(delivery.at)}</dd>
      <dt>{columns.took}</dt>
      <dd>{took(delivery.took_ms)}</dd>
      {delivery.events !== null && (
        <>
          <dt>{columns.events}</dt>
          <dd>{delivery.events}</dd>
        </>
      )}
      <dt>{columns.method}</dt>
      <dd>
        <Strange text={delivery.method} />
      </dd>
      <dt>{columns.door}</dt>
      <dd>{doorWords(delivery.door)}</dd>
      {delivery.message_id !== null && (
        <>
          <dt>{deliveryWords.message}</dt>
          <dd>
            <Strange text={delivery.message_id} className="facts-code" />
          </dd>
        </>
      )}
    </dl>
  );
}

function Parts({ detail }: { detail: DeliveryDetail }) {
  const { answer } = detail;
  return (
    <>
      <Message
        title={`${deliveryWords.request} · ${size(detail.bytes)}`}
        headers={detail.headers}
        body={detail.body}
        cut={detail.body_cut}
      />
      {answer && (
        <Message
          title={`${deliveryWords.answer} · ${deliveryWords.status(answer.status)} · ${size(answer.bytes)}`}
          headers={answer.headers}
          body={answer.body}
          cut={answer.body_cut}
        />
      )}
      <p className="detail-foot">
        {deliveryWords.masked} {detail.body === null && deliveryWords.noBody}
      </p>
    </>
  );
}
