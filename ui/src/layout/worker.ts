// The layout of a large org, beside the page: it remembers who is there and how it was, and says what changed.

import { arrange, type Layout } from "./arrange";
import { answerOf, type Question } from "./layouter";
import type { Member } from "./tree";

const members = new Map<string, Member>();
let layout: Layout | undefined;

self.onmessage = ({ data }: MessageEvent<Question>) => {
  for (const id of data.removed) {
    members.delete(id);
  }
  for (const member of data.changed) {
    members.set(member.id, member);
  }
  layout ??= data.previous;
  const next = arrange(members.values(), layout, data.wishes);
  const answer = answerOf(layout, next);
  layout = next;
  self.postMessage(answer);
};
