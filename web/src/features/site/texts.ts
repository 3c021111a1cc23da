// Texts of the public pages. Both languages are in one file, which only these pages fetch.
import { currentLanguage, type Language } from '../../words/index.ts';

export interface SiteTexts {
  claim: string;
  intro: string;
  benefits: [title: string, text: string][];
  steps: [title: string, text: string][];
  closing: string;
  about: string[];
  how: [title: string, text: string][];
  faq: { id: string; title: string; entries: [question: string, answer: string][] }[];
}

const en: SiteTexts = {
  claim: 'The gifts you wish for. No gift twice.',
  intro: 'Make a list in a minute, share one link, and let friends and family reserve without an account.',
  benefits: [
    ['Everything in one place', 'One list for each occasion, with the gifts you want most at the top.'],
    ['From any shop', 'Paste a link from any shop, or write a gift in your own words.'],
    ['Easy for those who give', 'They open your link and reserve. They need no account and no app.'],
  ],
  steps: [
    ['Sign up', 'With your e-mail address, or with an account you already have.'],
    ['Add gifts', 'Paste a link: picture, name and price are filled in for you.'],
    ['Share', 'Send the link, or print its QR code on the invitation.'],
  ],
  closing: 'Ready for your first list?',
  about: [
    'A present should be a joy for both sides. Too often it is a guess, or the third copy of the same book.',
    'Here you write down what would please you, and those who ask get one link. Whoever reserves a gift is the only one to buy it.',
    'Nobody has to register to give, nobody has to buy in a certain shop, and whoever wants to be surprised switches on surprise mode and sees nothing until the day.',
  ],
  how: [
    ['Create a list', 'Give it a title and an occasion. A date is useful, but you can leave it open.'],
    ['Add gifts', 'Paste the link of a product. When a shop tells us nothing, type two lines yourself.'],
    [
      'Say how you want it',
      'Set a quantity, mark what you want most, drag gifts into order, or let several people give one large gift together.',
    ],
    [
      'Share it',
      'Use your phone\u2019s share button, an e-mail, or a QR code. Only those with the link see the list.',
    ],
    [
      'Follow it, or be surprised',
      'See who gives what, or switch on surprise mode, which hides it from you until the day you choose.',
    ],
    ['Enjoy, and say thank you', 'After the event, send each giver a thank-you note from the list.'],
  ],
  faq: [
    {
      id: 'service',
      title: 'The service',
      entries: [
        [
          'What does it cost?',
          'Nothing. Some links to shops in our gift ideas may earn us a commission, which is said there.',
        ],
        [
          'Who sees my list?',
          'Everyone who has its link, and nobody else: search engines are told to stay away.',
        ],
      ],
    },
    {
      id: 'creating',
      title: 'Creating a list',
      entries: [
        [
          'How do I add a gift?',
          'Open your list, choose \u201cAdd gifts\u201d, and paste the link of the product. You can always add one by hand.',
        ],
        [
          'How many gifts may I add?',
          'Up to 500 on a list. A choice of prices makes it easier for everybody.',
        ],
        [
          'Can I have several lists?',
          'Yes, one for each occasion, and you can manage a list together with others.',
        ],
        [
          'When should I share it?',
          'A few weeks before the day, so that people have time to choose and shops have time to deliver.',
        ],
      ],
    },
    {
      id: 'sharing',
      title: 'Sharing',
      entries: [
        [
          'Is it rude to send a list?',
          'Most people are glad of it. Send it to those who ask, and say that no gift is expected.',
        ],
        ['How do I share?', 'With the share button of your list: message, e-mail, link, or QR code.'],
        ['What do givers see?', 'The gifts, and what is still free. They do not see who reserved the rest.'],
        [
          'How do I learn of purchases?',
          'In the tab \u201cReserved\u201d and by e-mail; with surprise mode only after the reveal.',
        ],
      ],
    },
    {
      id: 'buying',
      title: 'Buying a gift',
      entries: [
        [
          'How do I reserve?',
          'Choose a gift and leave your name and e-mail address. We send you a link to change or release it.',
        ],
        ['May I give several?', 'Yes, as many as are free.'],
        ['Who delivers?', 'The shop you buy from. Nothing is sold or paid here.'],
      ],
    },
    {
      id: 'receiving',
      title: 'Receiving',
      entries: [
        [
          'What happens after the day?',
          'Close the list, look up who gave what, and send your thank-you notes.',
        ],
        [
          'What if somebody changes their mind?',
          'They release the gift with the link from their e-mail, and others can take it.',
        ],
      ],
    },
  ],
};

const fr: SiteTexts = {
  claim: 'Les cadeaux dont vous rêvez. Jamais en double.',
  intro: 'Faites une liste en une minute, partagez un lien, et laissez vos proches réserver sans compte.',
  benefits: [
    ['Tout au même endroit', 'Une liste par occasion, avec vos plus grands souhaits en tête.'],
    [
      'De toutes les boutiques',
      'Collez le lien de n\u2019importe quelle boutique, ou décrivez le cadeau avec vos mots.',
    ],
    ['Facile pour ceux qui offrent', 'Ils ouvrent votre lien et réservent, sans compte ni application.'],
  ],
  steps: [
    ['Inscrivez-vous', 'Avec votre adresse e-mail, ou avec un compte que vous avez déjà.'],
    ['Ajoutez des cadeaux', 'Collez un lien : image, nom et prix se remplissent tout seuls.'],
    ['Partagez', 'Envoyez le lien, ou imprimez son QR code sur l\u2019invitation.'],
  ],
  closing: 'On commence votre première liste ?',
  about: [
    'Un cadeau devrait faire plaisir des deux côtés. Trop souvent, on devine, ou l\u2019on reçoit trois fois le même livre.',
    'Ici, vous notez ce qui vous ferait plaisir, et ceux qui le demandent reçoivent un lien. Qui réserve un cadeau est seul à l\u2019acheter.',
    'Personne ne doit s\u2019inscrire pour offrir, ni acheter dans une boutique donnée ; et qui aime les surprises active le mode surprise et ne voit rien avant le jour.',
  ],
  how: [
    ['Créez une liste', 'Donnez-lui un titre et une occasion. La date est utile, mais facultative.'],
    [
      'Ajoutez des cadeaux',
      'Collez le lien d\u2019un produit. Si la boutique ne dit rien, écrivez deux lignes vous-même.',
    ],
    [
      'Précisez vos souhaits',
      'Choisissez une quantité, marquez vos favoris, glissez les cadeaux dans l\u2019ordre, ou proposez un grand cadeau à plusieurs.',
    ],
    [
      'Partagez-la',
      'Avec le bouton de partage du téléphone, un e-mail ou un QR code. Seules les personnes qui ont le lien voient la liste.',
    ],
    [
      'Suivez, ou laissez-vous surprendre',
      'Voyez qui offre quoi, ou activez le mode surprise, qui vous le cache jusqu\u2019au jour choisi.',
    ],
    ['Profitez, et remerciez', 'Après la fête, envoyez un mot de remerciement à chacun depuis la liste.'],
  ],
  faq: [
    {
      id: 'service',
      title: 'Le service',
      entries: [
        [
          'Combien cela coûte-t-il ?',
          'Rien. Certains liens de nos idées de cadeaux nous rapportent une commission ; c\u2019est alors indiqué.',
        ],
        [
          'Qui voit ma liste ?',
          'Toutes les personnes qui ont son lien, et personne d\u2019autre : les moteurs de recherche sont tenus à l\u2019écart.',
        ],
      ],
    },
    {
      id: 'creating',
      title: 'Créer une liste',
      entries: [
        [
          'Comment ajouter un cadeau ?',
          'Ouvrez votre liste, choisissez « Ajouter », et collez le lien du produit. Vous pouvez toujours le saisir à la main.',
        ],
        [
          'Combien de cadeaux ?',
          'Jusqu\u2019à 500 par liste. Des prix variés facilitent le choix de chacun.',
        ],
        [
          'Puis-je avoir plusieurs listes ?',
          'Oui, une par occasion, et vous pouvez gérer une liste à plusieurs.',
        ],
        [
          'Quand la partager ?',
          'Quelques semaines avant le jour, pour laisser le temps de choisir et de livrer.',
        ],
      ],
    },
    {
      id: 'sharing',
      title: 'Partager',
      entries: [
        [
          'Est-ce impoli d\u2019envoyer une liste ?',
          'La plupart des gens en sont contents. Envoyez-la à ceux qui demandent, et dites qu\u2019aucun cadeau n\u2019est attendu.',
        ],
        [
          'Comment partager ?',
          'Avec le bouton de partage de votre liste : message, e-mail, lien ou QR code.',
        ],
        [
          'Que voient ceux qui offrent ?',
          'Les cadeaux, et ce qui est encore libre. Ils ne voient pas qui a réservé le reste.',
        ],
        [
          'Comment suis-je au courant des achats ?',
          'Dans l\u2019onglet « Réservés » et par e-mail ; en mode surprise, seulement après la révélation.',
        ],
      ],
    },
    {
      id: 'buying',
      title: 'Acheter un cadeau',
      entries: [
        [
          'Comment réserver ?',
          'Choisissez un cadeau, laissez votre nom et votre adresse e-mail. Nous envoyons un lien pour le modifier ou le libérer.',
        ],
        ['Puis-je en offrir plusieurs ?', 'Oui, autant qu\u2019il en reste.'],
        ['Qui livre ?', 'La boutique où vous achetez. Rien n\u2019est vendu ni payé ici.'],
      ],
    },
    {
      id: 'receiving',
      title: 'Recevoir',
      entries: [
        ['Et après la fête ?', 'Fermez la liste, regardez qui a offert quoi, et envoyez vos remerciements.'],
        [
          'Et si quelqu\u2019un change d\u2019avis ?',
          'Il libère le cadeau avec le lien de son e-mail, et un autre peut le prendre.',
        ],
      ],
    },
  ],
};

const TEXTS: Record<Language, SiteTexts> = { en, fr };

export function siteTexts(): SiteTexts {
  return TEXTS[currentLanguage()];
}
