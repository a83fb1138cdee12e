// The deliveries of a profile as a live list, and beside it everything about one of them.

import { useMemo, useState } from "react";

import { Empty } from "../parts/Empty";
import { Failure } from "../parts/Failure";
import { Page } from "../parts/Page";
import { Search } from "../parts/Search";
import { deliveryWords, doorWords, outcomeLook } from "../words/deliveries";
import { screens } from "../words/screens";
import { Detail } from "./Detail";
import { List } from "./List";
import { Record } from "./Record";
import { useDeliveries } from "./use-deliveries";
import "./inspector.css";

/** The screen. */
export function Inspector({ profile }: { profile: string }) {
  const { deliveries, failure } = useDeliveries(profile);
  const [text, setText] = useState("");
  const [open, setOpen] = useState<number | null>(null);
  const shown = useMemo(() => {
    const sought = text.trim().toLowerCase();
    return deliveries?.filter(({ method, door, outcome, message_id }) =>
      [method, doorWords(door), outcomeLook(outcome).word, message_id ?? ""].some((each) =>
        each.toLowerCase().includes(sought),
      ),
    );
  }, [deliveries, text]);
  const chosen = deliveries?.find(({ id }) => id === open);
  return (
    <Page full title={screens.inspector.name} lead={screens.inspector.lead}>
      <div className="inspector-tools">
        <Search label={deliveryWords.search} text={text} onChange={setText} />
        <Record deliveries={deliveries?.length ?? 0} />
        {failure && <Failure failure={failure} />}
      </div>
      <div className={chosen ? "inspector inspector-open" : "inspector"}>
        <div className="inspector-list">
          {shown === undefined && <p className="inspector-loading">{deliveryWords.loading}</p>}
          {shown?.length === 0 && (
            <Empty icon="inspector" title={deliveries?.length === 0 ? deliveryWords.none : deliveryWords.noneSuch}>
              {deliveries?.length === 0 ? deliveryWords.noneHint : deliveryWords.noneSuchHint}
            </Empty>
          )}
          {shown !== undefined && shown.length > 0 && <List deliveries={shown} open={open} onOpen={setOpen} />}
        </div>
        {chosen ? (
          <Detail
            key={chosen.id}
            profile={profile}
            delivery={chosen}
            onClose={() => {
              setOpen(null);
            }}
          />
        ) : (
          shown !== undefined &&
          shown.length > 0 && (
            <div className="inspector-detail inspector-hint">
              <Empty icon="search" title={deliveryWords.chooseTitle}>
                {deliveryWords.chooseHint}
              </Empty>
            </div>
          )
        )}
      </div>
    </Page>
  );
}
