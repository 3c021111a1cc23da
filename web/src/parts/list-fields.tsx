import { useState } from 'react';
import { address } from '../router.tsx';
import { CURRENCIES, type GiftList, OCCASIONS, occasionPicture } from '../server/lists.ts';
import { toEventDate, toIsoDate } from '../words/format.ts';
import { say } from '../words/index.ts';
import { showOccasion } from '../words/occasions.ts';
import { AreaField, ChoiceField, TextField } from './field.tsx';
import { PictureField } from './picture-field.tsx';

/** What somebody types of a list, new or known. */
export function useListFields(list: (GiftList & { currency: string }) | { currency: string }) {
  const known = 'listId' in list ? list : undefined;
  const [title, setTitle] = useState(known?.title ?? '');
  const [occasion, chooseOccasion] = useState(known?.occasion ?? '');
  const [date, setDate] = useState(toIsoDate(known?.eventDate));
  const [description, setDescription] = useState(known?.description ?? '');
  const [currency, setCurrency] = useState(list.currency);
  const [picture, setPicture] = useState(known?.imageUrl ?? '');
  // The picture follows the occasion until somebody chooses another.
  const setOccasion = (chosen: string) => {
    chooseOccasion(chosen);
    if (picture === '' || isOccasionPicture(picture)) setPicture(occasionPicture(chosen));
  };
  const hasNewDate = date !== toIsoDate(known?.eventDate);
  return {
    values: { title, occasion, date, description, currency, picture },
    set: { setTitle, setOccasion, setDate, setDescription, setCurrency, setPicture },
    usual: { occasion: known?.occasion ?? '', currency: list.currency },
    problems: {
      title: title.trim() === '' ? say('titleNeeded') : '',
      occasion: occasion === '' && !known ? say('occasionNeeded') : '',
    },
    /** What the server is sent; a date of an older list in words of its own stays, unless a new one was chosen. */
    body: {
      title: title.trim(),
      occasion,
      description: description.trim(),
      currency,
      imageUrl: picture,
      ...(hasNewDate ? { eventDate: toEventDate(date) || null } : {}),
    },
  };
}

function isOccasionPicture(picture: string): boolean {
  return /\/images\/[a-z]+-default(-2)?\.(png|jpg)$/.test(picture);
}

interface Props {
  fields: ReturnType<typeof useListFields>;
  problems: { title?: string; occasion?: string };
  /** Leaves what has a good answer already behind a line that opens. */
  isBrief?: boolean;
}

export function ListFields({ fields, problems, isBrief = false }: Props) {
  const { values, set, usual } = fields;
  const occasions = [...new Set([...(usual.occasion === '' ? [] : [usual.occasion]), ...OCCASIONS])];
  const currencies = [...new Set<string>([usual.currency, ...CURRENCIES])];
  const further = (
    <>
      {values.occasion !== '' && (
        <PictureField
          label={say('listPicture')}
          value={isOccasionPicture(values.picture) ? '' : values.picture}
          onPicture={set.setPicture}
          className="occasion small-picture"
        >
          <OccasionPictures chosen={values.picture} onChoose={set.setPicture} />
        </PictureField>
      )}
      <ChoiceField
        label={say('currency')}
        value={values.currency}
        choices={currencies.map((code): [string, string] => [code, code])}
        onText={set.setCurrency}
      />
    </>
  );
  return (
    <>
      <TextField
        id="title"
        label={say('listTitle')}
        maxLength={200}
        value={values.title}
        onText={set.setTitle}
        error={problems.title}
      />
      <ChoiceField
        id="occasion"
        label={say('occasion')}
        value={values.occasion}
        choices={[
          ...(usual.occasion === '' ? [['', say('choose')] as [string, string]] : []),
          ...occasions.map((one): [string, string] => [one, showOccasion(one)]),
        ]}
        onText={set.setOccasion}
        error={problems.occasion}
      />
      <TextField
        id="date"
        type="date"
        className="datepicker"
        label={say('date')}
        isOptional
        value={values.date}
        onText={set.setDate}
      />
      <AreaField
        id="description"
        label={say('welcomeMessage')}
        hint={say('welcomeMessageHint')}
        isOptional
        maxLength={5_000}
        value={values.description}
        onText={set.setDescription}
      />
      {isBrief ? (
        <details className="more">
          <summary>{say('moreChoices')}</summary>
          <div className="form">{further}</div>
        </details>
      ) : (
        further
      )}
    </>
  );
}

/** Any of our pictures, whatever the occasion. */
function OccasionPictures({ chosen, onChoose }: { chosen: string; onChoose: (picture: string) => void }) {
  return (
    <ul className="picture-choices">
      {OCCASIONS.map((occasion) => {
        const picture = occasionPicture(occasion);
        return (
          <li key={occasion}>
            <button
              type="button"
              aria-pressed={chosen.endsWith(picture)}
              aria-label={showOccasion(occasion)}
              onClick={() => onChoose(picture)}
            >
              <img src={address(picture)} alt="" width={72} height={48} loading="lazy" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
