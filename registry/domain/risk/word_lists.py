"""Small words that carry meaning, by language: the data behind the floor.

Written for instructions to a model, not as grammars. A language that is missing here is
treated with care: any changed word counts as MINOR.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """One language. `fillers` may come and go without a change of meaning.

    `function_words` tell the language, and that a misspelt short word was meant to be one.
    `confused` are sets of spellings people mix up; each is a tuple of words.
    """

    name: str
    function_words: frozenset[str]
    fillers: frozenset[str]
    negations: frozenset[str]
    modals: frozenset[str]
    numbers: frozenset[str]
    examples: frozenset[str]
    confused: tuple[frozenset[tuple[str, ...]], ...] = ()


def _language(
    name: str,
    function_words: str,
    fillers: str,
    negations: str,
    modals: str,
    numbers: str,
    examples: str,
    confused: Sequence[str] = (),
) -> Language:
    """Build a language from words written in lines; `confused` reads "it is / its"."""
    return Language(
        name,
        frozenset((function_words + " " + fillers).split()),
        frozenset(fillers.split()),
        frozenset(negations.split()),
        frozenset(modals.split()),
        frozenset(numbers.split()),
        frozenset(examples.split()),
        tuple(frozenset(tuple(one.split()) for one in group.split("/")) for group in confused),
    )


ENGLISH = _language(
    "English",
    function_words="""i you he she it we they me him her us them my your his its our their this
        these those there is are was were be been being am do does did have has had of in on at
        by for from with as or but if then than so what which who whom when where how why into
        about over under between after before through up out off again here too very can will
        like use using give want need any some such more most other each all""",
    fillers="a an the and to that please kindly",
    negations="""not no never none nothing nobody nowhere neither nor without avoid except
        unless exclude excluding refrain refuse stop forbid forbidden prohibited non hardly
        instead cannot omit ignore skip""",
    modals="""must should shall may might could would ought only always required require
        requires optional optionally mandatory ensure exactly strictly maximum minimum max min
        least""",
    numbers="""zero two three four five six seven eight nine ten eleven twelve fifteen twenty
        thirty fifty hundred thousand million half double twice thrice triple quarter dozen""",
    examples="example examples eg instance e.g sample samples",
    confused=(
        "you are / your / you",
        "it is / its",
        "they are / their / there",
        "then / than",
        "too / to",
        "lose / loose",
        "affect / effect",
        "who / whom",
        "is / are",
        "was / were",
        "has / have",
        "do / does",
        "this / these",
        "that / those",
        "a lot / alot",
    ),
)
GERMAN = _language(
    "German",
    function_words="""ich du er sie es wir ihr mich dich ihn uns euch mir dir ihm ihnen mein
        dein sein unser ist sind war waren bin bist hat haben habe wird werden wurde in im an am
        auf aus bei mit nach von vom vor zum zur für über unter durch um als wie wenn ob oder
        aber auch noch nur schon zu so sich was wer wo wann warum welche welcher welches diese
        dieser dieses jede jeder jedes alle deine deinen deiner ihre ihren seine kann können
        kannst""",
    fillers="der die das den dem des ein eine einen einem einer eines und dass bitte",
    negations="""nicht nichts nie niemals kein keine keinen keinem keiner keines niemand
        nirgends ohne weder noch außer ausser vermeide vermeiden statt stattdessen verboten
        unterlasse ignoriere unmöglich ausgenommen""",
    modals="""muss müssen musst müsst soll sollen sollst sollte sollten solltest darf dürfen
        darfst dürfte könnte könnten konnte konnten würde würden wurde wurden nur immer stets
        ausschließlich ausschliesslich unbedingt höchstens mindestens genau maximal minimal""",
    numbers="""null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig
        dreißig fünfzig hundert tausend million halb hälfte doppelt zweimal dreimal dutzend""",
    examples="beispiel beispiele beispielsweise etwa bspw",
    confused=("das / dass", "seid / seit"),
)
FRENCH = _language(
    "French",
    function_words="""je tu il elle on nous vous ils elles me te se lui leur mon ton son ma ta
        sa mes tes ses notre votre nos vos leurs ce cet cette ces est sont était être suis es
        êtes sommes ai as a avons avez ont dans en sur sous avec pour par au aux ou mais si
        comme qui que qu dont où quand comment quoi plus très tout toute tous toutes chaque peux
        peut pouvez peuvent""",
    fillers="le la les l un une des du de d et svp veuillez",
    negations="""ne n pas point jamais rien personne aucun aucune ni sans sauf non plus évite
        évitez éviter excepté interdit hormis ignore ignorez""",
    modals="""dois doit devez doivent devrais devrait devriez devraient faut faudrait pourrais
        pourrait pourriez seulement uniquement toujours exclusivement exactement obligatoire
        obligatoirement maximum minimum moins""",
    numbers="""zéro deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente
        cinquante cent mille million demi moitié double fois douzaine""",
    examples="exemple exemples",
    confused=("a / à", "ou / où", "ce / se", "ces / ses", "et / est"),
)
SPANISH = _language(
    "Spanish",
    function_words="""yo tú él ella nosotros ellos ellas usted ustedes me te se le les nos lo mi
        tu su mis tus sus nuestro es son era ser soy eres está están estar hay ha han he en con
        por para al que como cuando donde si o pero más muy este esta estos estas ese esa esto
        eso todo toda todos todas cada qué quién cómo cuál puede puedes pueden tiene tienes""",
    fillers="el la los las un una unos unas de del y",
    negations="""no ni nunca jamás nada nadie ningún ninguno ninguna sin tampoco salvo excepto
        evita evite evitar prohibido ignora ignore""",
    modals="""debe debes deben deberá deberás debería deberías podría podrías solo sólo
        solamente únicamente siempre exclusivamente exactamente obligatorio máximo mínimo menos""",
    numbers="""cero dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte
        treinta cincuenta cien ciento mil millón medio mitad doble veces docena""",
    examples="ejemplo ejemplos",
    confused=("el / él", "si / sí", "tu / tú", "mas / más", "esta / está"),
)
PORTUGUESE = _language(
    "Portuguese",
    function_words="""eu tu ele ela nós eles elas você vocês me te se lhe lhes nos meu teu seu
        minha sua nosso é são era ser sou está estão estar há tem em no na nos nas com por para
        ao à que como quando onde se ou mas mais muito este esta isto esse essa isso todo toda
        todos todas cada qual quem pode podem""",
    fillers="o a os as um uma uns umas de do da dos das e favor",
    negations="""não nem nunca jamais nada ninguém nenhum nenhuma sem tampouco exceto salvo
        evite evitar proibido ignore""",
    modals="""deve deves devem deverá deveria poderia só somente apenas unicamente sempre
        exclusivamente exatamente obrigatório máximo mínimo menos""",
    numbers="""zero dois duas três quatro cinco seis sete oito nove dez onze doze quinze vinte
        trinta cinquenta cem cento mil milhão meio metade dobro vezes dúzia""",
    examples="exemplo exemplos",
)
ITALIAN = _language(
    "Italian",
    function_words="""io tu lui lei noi voi loro mi ti si ci vi gli mio tuo suo mia tua sua
        nostro è sono era essere sei siamo siete ha hanno ho in con per da dal dalla al alla ai
        alle nel nella che sul sulla come quando dove se o ma più molto questo questa questi
        queste quello quella tutto tutta tutti tutte ogni cosa chi può puoi possono""",
    fillers="il lo la i gli le l un uno una di del dello della dei degli delle e",
    negations="""non no né mai niente nulla nessuno nessun nessuna senza neanche nemmeno tranne
        eccetto salvo evita evitare vietato ignora""",
    modals="""deve devi devono dovrà dovrebbe dovresti potrebbe potresti bisogna solo soltanto
        solamente unicamente sempre esclusivamente esattamente obbligatorio massimo minimo meno""",
    numbers="""zero due tre quattro cinque sei sette otto nove dieci undici dodici quindici
        venti trenta cinquanta cento mille milione mezzo metà doppio volte dozzina""",
    examples="esempio esempi",
)
DUTCH = _language(
    "Dutch",
    function_words="""ik jij je u hij zij ze wij we jullie mij jou hem haar ons hun mijn jouw
        zijn onze is ben bent was waren heb hebt heeft hebben wordt worden in op aan met van
        voor door over onder bij te dat naar uit om als of maar ook nog dan die deze dit er hier
        wat wie waar wanneer hoe welke alle elk elke meer zeer kan kunnen kunt zal zullen""",
    fillers="de het een en alsjeblieft alstublieft",
    negations="""niet niets nooit geen niemand nergens zonder noch behalve vermijd vermijden
        verboden negeer tenzij""",
    modals="""moet moeten moest zou zouden mag mogen alleen slechts altijd uitsluitend precies
        verplicht hoogstens minstens maximaal minimaal""",
    numbers="""nul één twee drie vier vijf zes zeven acht negen tien elf twaalf twintig dertig
        vijftig honderd duizend miljoen half helft dubbel tweemaal dozijn""",
    examples="voorbeeld voorbeelden bijvoorbeeld bijv",
)

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, DUTCH)

NEGATIONS = frozenset[str]().union(*(language.negations for language in LANGUAGES))
MODALS = frozenset[str]().union(*(language.modals for language in LANGUAGES))
NUMBERS = frozenset[str]().union(*(language.numbers for language in LANGUAGES))
FORMATS = frozenset(
    ("json", "jsonl", "xml", "yaml", "csv", "tsv", "html", "markdown", "latex", "schema", "format")
)
# Endings that make another form of the same word, so a missing one is no misspelling.
INFLECTIONS = frozenset(("", "s", "es", "d", "ed", "r", "er", "ly", "e", "n", "en"))
EXAMPLES = frozenset[str]().union(*(language.examples for language in LANGUAGES))
WEIGHTY = NEGATIONS | MODALS | NUMBERS

# Word parts of opposite meaning: swapping one for the other is no spelling correction.
OPPOSITES = (
    ("hyper", "hypo"),
    ("max", "min"),
    ("macro", "micro"),
    ("inter", "intra"),
    ("prescri", "proscri"),
    ("ante", "anti"),
)

# Function words make up 35 to 50 % of running text in its own language, and less than this
# in related languages that have no list here.
ENOUGH = 0.2


def known_language(words: Collection[str]) -> Language | None:
    """Return the language whose function words are most frequent, or None if none is.

    An honest guess: a wrong one cannot hide a changed negation, modal or number, since
    those are looked up in all languages together.
    """
    # Each different word is looked up once: this runs while somebody types.
    letters = Counter(word for word in words if word[:1].isalpha())
    if not letters:
        return None
    known = {
        language.name: sum(
            count
            for word, count in letters.items()
            if word in language.function_words
            or word in language.negations
            or word in language.modals
        )
        for language in LANGUAGES
    }
    best = max(LANGUAGES, key=lambda language: known[language.name])
    return best if known[best.name] >= ENOUGH * letters.total() else None
