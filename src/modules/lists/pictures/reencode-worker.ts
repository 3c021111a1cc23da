// Decodes a stranger's picture and makes a new one of its pixels, in a thread and in WebAssembly: a file that breaks the
// decoder breaks this thread and nothing else. Nothing but pixels gets through, so no place, no date and no name does.
import { parentPort, workerData } from 'node:worker_threads';
import { PhotonImage, resize, SamplingFilter } from '@cf-wasm/photon';
import { upright } from './upright.ts';

export interface ReencodeOrder {
  bytes: Uint8Array;
  orientation: number;
  longestSide: number;
  quality: number;
}

export interface ReencodedPicture {
  jpeg: Uint8Array;
  width: number;
  height: number;
}

// Posted by reencode.ts, the only one who starts this.
const { bytes, orientation, longestSide, quality } = workerData as ReencodeOrder;
const decoded = PhotonImage.new_from_byteslice(bytes);
const scale = Math.min(1, longestSide / Math.max(decoded.get_width(), decoded.get_height()));
const width = Math.max(1, Math.round(decoded.get_width() * scale));
const height = Math.max(1, Math.round(decoded.get_height() * scale));
const small = scale < 1 ? resize(decoded, width, height, SamplingFilter.Triangle) : decoded;
const turned = upright({ pixels: small.get_raw_pixels(), width, height }, orientation);
const jpeg = new PhotonImage(turned.pixels, turned.width, turned.height).get_bytes_jpeg(quality);
parentPort?.postMessage({ jpeg, width: turned.width, height: turned.height } satisfies ReencodedPicture);
