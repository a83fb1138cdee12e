// A link that opens in the browser. What is no address of the web is not shown: it may have come from strangers.

import type { ReactNode } from "react";

interface WebLinkProps {
  address: string;
  className?: string;
  children: ReactNode;
}

/** The link. */
export function WebLink({ address, className, children }: WebLinkProps) {
  return /^https?:\/\//.test(address) ? (
    <a className={className} href={address} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ) : null;
}
