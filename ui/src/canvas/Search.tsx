// Finds a workspace by name, role, skill or state, and goes there.

import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";

import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { useOrg, useShared } from "../store/context";
import { goTo, look } from "../store/looking";
import { canvasWords, searchWords } from "../words/canvas";
import { workspaceLook } from "../words/look";
import { find } from "./find";
import "./search.css";

/** The dialog; it is there while something is searched. */
export function Search({ profile }: { profile: string }) {
  const shared = useShared();
  const { store } = shared;
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  // The list is of the moment in which something was written: it does not move under the hand.
  const workspaces = useOrg(profile, (org) => org.workspaces);
  const found = useMemo(() => find(workspaces?.values() ?? [], text), [workspaces, text]);
  const ids = useId();
  const chosen = found[Math.min(at, found.length - 1)];

  useEffect(() => {
    const before = document.activeElement;
    if (dialog.current?.open === false) {
      dialog.current.showModal();
    }
    return () => {
      if (before instanceof HTMLElement && document.contains(before)) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const close = () => {
    look(store, profile, { searching: false });
  };
  const go = (id: string) => {
    // The dialog gives the keyboard back first; then the node takes it.
    close();
    requestAnimationFrame(() => {
      goTo(shared, profile, id, true);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(found.length - 1, at + step)));
    } else if (event.key === "Enter" && chosen && !event.nativeEvent.isComposing) {
      event.preventDefault();
      go(chosen.id);
    }
  };
  return (
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions, jsx-a11y-x/click-events-have-key-events -- a click beside it closes it; Escape does by itself
    <dialog
      ref={dialog}
      className="palette"
      aria-label={searchWords.title}
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) {
          close();
        }
      }}
    >
      <div className="palette-body">
        <input
          className="palette-text"
          type="text"
          role="combobox"
          aria-label={searchWords.field}
          aria-controls={`${ids}-list`}
          aria-expanded={found.length > 0}
          aria-autocomplete="list"
          aria-activedescendant={chosen ? `${ids}-${chosen.id}` : undefined}
          placeholder={searchWords.field}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div ref={list} id={`${ids}-list`} className="palette-list" role="listbox" aria-label={canvasWords.workspaces}>
          {found.map((workspace) => {
            const { id, name, role, state } = workspace;
            return (
              // eslint-disable-next-line jsx-a11y-x/click-events-have-key-events, jsx-a11y-x/interactive-supports-focus -- the keyboard stays in the field
              <div
                key={id}
                id={`${ids}-${id}`}
                className="palette-one"
                role="option"
                aria-selected={workspace === chosen}
                onClick={() => {
                  go(id);
                }}
              >
                <StateMark look={workspaceLook(state)} />
                <Strange text={name} className="palette-name" />
                {role !== null && <Strange text={role} className="palette-role" />}
                <Strange text={workspaceLook(state).word} className="palette-state" />
              </div>
            );
          })}
        </div>
        {found.length === 0 && (
          <p className="palette-none" role="status">
            {(workspaces?.size ?? 0) === 0 ? searchWords.empty : searchWords.none}
          </p>
        )}
      </div>
    </dialog>
  );
}
