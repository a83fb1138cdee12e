// The mark of Ligand.

import source from "../../../icons/ligand.svg";

/** The mark, beside a word that says the same. */
export function Logo({ size }: { size: number }) {
  return <img src={source} width={size} height={size} alt="" />;
}
