"""Stock sentences in the languages that the simulated model speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """One language. `common` are words that give it away in a customer's message."""

    hello: str
    thanks: str
    sorry: str
    order: str
    ask_order: str
    refund: str
    unknown: str
    guess: str
    escalate: str
    ask_back: str
    offer_help: str
    filler: str
    common: frozenset[str]


PHRASES = {
    "en": Phrases(
        hello="Hello {name},",
        thanks="Thank you for getting in touch.",
        sorry="I am sorry for the trouble this has caused.",
        order="This is about your order {number}.",
        ask_order="Please send me your order number.",
        refund="As a gesture of goodwill I can promise you a full refund.",
        unknown="I do not have that information.",
        guess="This is usually settled within three to five working days.",
        escalate="I am passing this on to a colleague who will contact you.",
        ask_back="Could you tell me a little more about it?",
        offer_help="Is there anything else I can help you with?",
        filler="I hope this answers your question and thank you for your patience with us.",
        common=frozenset({"the", "and", "is", "my", "please", "what", "how", "not"}),
    ),
    "de": Phrases(
        hello="Guten Tag {name},",
        thanks="vielen Dank für Ihre Nachricht.",
        sorry="Die Unannehmlichkeiten tun uns leid.",
        order="Es geht um Ihre Bestellung {number}.",
        ask_order="Bitte nennen Sie mir Ihre Bestellnummer.",
        refund="Aus Kulanz kann ich Ihnen eine volle Erstattung zusagen.",
        unknown="Dazu liegen mir keine Angaben vor.",
        guess="Das ist in der Regel nach drei bis fünf Werktagen erledigt.",
        escalate="Ich gebe das an eine Kollegin weiter, die sich bei Ihnen meldet.",
        ask_back="Können Sie mir etwas mehr dazu sagen?",
        offer_help="Kann ich sonst noch etwas für Sie tun?",
        filler="Ich hoffe, das beantwortet Ihre Frage, und danke Ihnen für Ihre Geduld.",
        common=frozenset({"der", "die", "das", "und", "ist", "ich", "nicht", "wie", "meine"}),
    ),
    "fr": Phrases(
        hello="Bonjour {name},",
        thanks="Merci pour votre message.",
        sorry="Je suis désolé pour ce désagrément.",
        order="Il s'agit de votre commande {number}.",
        ask_order="Merci de m'indiquer votre numéro de commande.",
        refund="À titre commercial, je vous promets un remboursement complet.",
        unknown="Je n'ai pas cette information.",
        guess="Cela prend en général de trois à cinq jours ouvrés.",
        escalate="Je transmets votre demande à une collègue qui vous contactera.",
        ask_back="Pouvez-vous m'en dire un peu plus ?",
        offer_help="Puis-je vous aider pour autre chose ?",
        filler="J'espère avoir répondu à votre question et vous remercie de votre patience.",
        common=frozenset({"le", "la", "les", "est", "je", "mon", "ma", "pas", "comment"}),
    ),
    "es": Phrases(
        hello="Hola, {name}:",
        thanks="Gracias por su mensaje.",
        sorry="Lamento las molestias.",
        order="Se trata de su pedido {number}.",
        ask_order="Por favor, indíqueme su número de pedido.",
        refund="Como gesto comercial puedo prometerle un reembolso completo.",
        unknown="No dispongo de esa información.",
        guess="Suele resolverse en un plazo de tres a cinco días laborables.",
        escalate="Paso su consulta a una compañera que le contactará.",
        ask_back="¿Puede contarme algo más?",
        offer_help="¿Puedo ayudarle en algo más?",
        filler="Espero haber respondido a su pregunta y le agradezco su paciencia.",
        common=frozenset({"el", "los", "es", "mi", "por", "cómo", "qué", "una"}),
    ),
    "it": Phrases(
        hello="Buongiorno {name},",
        thanks="Grazie per averci scritto.",
        sorry="Mi dispiace per il disagio.",
        order="Si tratta del suo ordine {number}.",
        ask_order="Può indicarmi il suo numero d'ordine?",
        refund="In via eccezionale posso prometterle un rimborso completo.",
        unknown="Non dispongo di questa informazione.",
        guess="Di solito si risolve in tre-cinque giorni lavorativi.",
        escalate="Inoltro la richiesta a una collega che la contatterà.",
        ask_back="Può dirmi qualcosa in più?",
        offer_help="Posso aiutarla in altro?",
        filler="Spero di aver risposto alla sua domanda e la ringrazio per la pazienza.",
        common=frozenset({"il", "gli", "è", "mio", "non", "come", "che", "per"}),
    ),
}


def language_of(text: str) -> str:
    """Return the language whose common words `text` uses most; English if none."""
    words = text.lower().split()
    counts = {name: sum(w in phrases.common for w in words) for name, phrases in PHRASES.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "en"
