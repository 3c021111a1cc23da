import { type PDFDocument, PDFImage, type PDFPage, type PDFSvg } from '@cantoo/pdf-lib';

/** A mark of the sender, with the size it was made in. */
export type LetterLogo = PDFImage | { readonly svg: PDFSvg; readonly width: number; readonly height: number };

/** A PNG or an SVG; rejects for a file that is neither. */
export async function readLetterLogo(document: PDFDocument, logo: Uint8Array): Promise<LetterLogo> {
  const isSvg = logo[0] === '<'.charCodeAt(0) || Buffer.from(logo.subarray(0, 1_000)).includes('<svg');
  if (!isSvg) return document.embedPng(logo);
  const text = Buffer.from(logo).toString('utf8');
  return { svg: await document.embedSvg(text), ...sizeOf(text) };
}

/** Draws a logo in the box whose upper edge is at `top`; all in points. */
export function drawLetterLogo(
  page: PDFPage,
  logo: LetterLogo,
  box: { x: number; top: number; width: number; height: number },
): void {
  const { x, top, width, height } = box;
  if (logo instanceof PDFImage) page.drawImage(logo, { x, y: top - height, width, height });
  else page.drawSvg(logo.svg, { x, y: top, width, height });
}

function sizeOf(svg: string): { width: number; height: number } {
  const tag = /<svg\b[^>]*>/i.exec(svg)?.[0] ?? '';
  const box = /\bviewBox\s*=\s*["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)/i.exec(tag);
  const width = Number(box?.[1] ?? /\bwidth\s*=\s*["']\s*([\d.]+)/i.exec(tag)?.[1]);
  const height = Number(box?.[2] ?? /\bheight\s*=\s*["']\s*([\d.]+)/i.exec(tag)?.[1]);
  if (width > 0 && height > 0) return { width, height };
  throw new Error('An SVG of a logo has no size');
}
