import { useState } from 'react';
import { address } from '../router.tsx';

/** A picture that says nothing the text beside it does not: empty alternative, no shift, none when it is missing. */
export function Picture(props: { source: string | null | undefined; className: string; 'data-cy'?: string }) {
  const { source, className } = props;
  const [isBroken, setBroken] = useState(false);
  const usual = address('/images/product-default.png');
  const shown = !source || isBroken ? usual : source.startsWith('/images/') ? address(source) : source;
  return (
    <img
      className={className}
      data-cy={props['data-cy']}
      src={shown}
      alt=""
      width={300}
      height={200}
      loading="lazy"
      referrerPolicy="no-referrer"
      onError={() => shown !== usual && setBroken(true)}
    />
  );
}
