import { type ReactNode, useId, useRef } from 'react';
import { upload } from '../server/api.ts';
import { explain } from '../shell/refusals.ts';
import { say } from '../words/index.ts';
import { Button } from './button.tsx';
import { useAction } from './form.ts';
import { Failure } from './page.tsx';
import { Picture } from './picture.tsx';

interface Props {
  label: string;
  hint?: string;
  /** Address of the picture now; empty for none. */
  value: string;
  onPicture: (address: string) => void;
  className: string;
  /** A picture that need not be there can be taken away again. */
  onRemove?: () => void;
  children?: ReactNode;
}

/** A picture of one's own, made small in the browser before it is sent; what is more to choose from comes as children. */
export function PictureField({ label, hint, value, onPicture, className, onRemove, children }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { run, isPending, failure } = useAction(explain);
  const send = (file: File | undefined) => {
    if (!file) return;
    void run(async () => {
      const { imageUrl } = await upload<{ imageUrl: string }>('/pictures', await shrink(file));
      onPicture(imageUrl);
    });
  };
  return (
    <fieldset className="picture-field">
      <legend>{label}</legend>
      {hint && <p className="hint">{hint}</p>}
      {value !== '' && <Picture key={value} source={value} className={className} />}
      {children}
      <input
        ref={input}
        id={id}
        className="unseen"
        type="file"
        accept="image/*"
        tabIndex={-1}
        aria-hidden="true"
        data-cy="input-picture"
        onChange={(event) => {
          send(event.target.files?.[0]);
          // The same file can be chosen again after a failure.
          event.target.value = '';
        }}
      />
      <Failure text={failure} />
      <div className="actions">
        <Button
          look="quiet"
          isPending={isPending}
          onClick={() => input.current?.click()}
          data-cy="button-picture"
        >
          {say('ownPicture')}
        </Button>
        {onRemove && value !== '' && (
          <Button look="quiet" onClick={onRemove}>
            {say('removePicture')}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

const LONGEST_SIDE = 1_600;

/** At most so large as the server keeps it: a phone's photo goes up in a second. The file itself where that fails. */
async function shrink(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap) return file;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (!context) return file;
  // What is transparent would become black.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), 'image/jpeg', 0.85));
}
