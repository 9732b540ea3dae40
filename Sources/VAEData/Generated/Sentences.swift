internal import TensorCore

/// Sentences of a small grammar, labelled by what they tell of.
///
/// A sentence has a subject, a verb that agrees with it in number and stands in the present, the past
/// or the future, an object of its topic, and by chance an adverb, a place and a time; it may be denied
/// or asked. Sentences have 5 to 16 words and marks.
enum Sentences {
  static let name = "sentences"
  static let trainCount = 20_000
  static let testCount = 2_000
  static let summary =
    "sentences of a small grammar, labelled by topic: \(trainCount) to train on and \(testCount) "
    + "to test"

  /// The parts, as tables of a label and a text.
  static func parts(_ options: TextOptions) throws(DataError) -> [(part: String, text: TextPart)] {
    var options = options
    (options.column, options.labelColumn, options.header) = ("2", "1", false)
    (options.separator, options.comment) = (nil, nil)
    func part(_ name: String, _ count: Int, seed: UInt64) throws(DataError) -> (String, TextPart) {
      let lines = (0..<count).map { index in
        let topic = topics[index % topics.count]
        var dice = Dice(RandomKey(seed: seed).folded(with: UInt64(index)))
        return "\(topic.name)\t\(sentence(of: topic, &dice))\n"
      }
      let file = ByteFile(Array(lines.joined().utf8), name: Self.name)
      let format = try TextColumns(file, separators: [.tab], options)
      return (name, TextPart(file: file, format: format, options: options))
    }
    return [
      try part("train", trainCount, seed: 0x5E47_3001),
      try part("test", testCount, seed: 0x5E47_3002),
    ]
  }

  // MARK: - Grammar

  private static func sentence(of topic: Topic, _ dice: inout Dice) -> String {
    let isPlural = dice.isTrue(1, in: 3)
    var subject = isPlural ? dice.one(of: plurals) : dice.one(of: singulars)
    if subject.hasPrefix("the "), dice.isTrue(1, in: 4) {
      subject = "the \(dice.one(of: qualities)) \(subject.dropFirst(4))"
    }
    let verb = dice.one(of: topic.verbs)
    var object = dice.one(of: topic.objects)
    if dice.isTrue(1, in: 3) { object = "\(dice.one(of: topic.qualities)) \(object)" }
    object = "\(dice.one(of: ["the", "the", "some", "this", "that"])) \(object)"
    let tense = dice.one(of: [Tense.present, .past, .future])
    let form = dice.one(of: [Form.plain, .plain, .plain, .denied, .asked])
    let auxiliary =
      switch tense {
      case .present: isPlural ? "do" : "does"
      case .past: "did"
      case .future: "will"
      }
    var words: [String]
    switch form {
    case .asked: words = [auxiliary, subject, verb.base, object]
    case .denied: words = [subject, auxiliary, "not", verb.base, object]
    case .plain:
      let finite =
        switch tense {
        case .present: isPlural ? verb.base : verb.present
        case .past: verb.past
        case .future: "will \(verb.base)"
        }
      let adverb = dice.isTrue(1, in: 5) ? [dice.one(of: adverbs)] : []
      words = [subject] + adverb + [finite, object]
    }
    if dice.isTrue(1, in: 2) { words.append(dice.one(of: topic.places)) }
    if dice.isTrue(2, in: 5) {
      switch tense {
      case .present: words.append(dice.one(of: presentTimes))
      case .past: words.append(dice.one(of: pastTimes))
      case .future: words.append(dice.one(of: futureTimes))
      }
    }
    return words.joined(separator: " ") + (form == .asked ? " ?" : " .")
  }

  private enum Tense { case present, past, future }
  private enum Form { case plain, denied, asked }

  private struct Verb {
    let base: String
    let present: String
    let past: String

    /// Three forms, such as `cook cooks cooked`.
    init(_ forms: Substring) {
      let forms = forms.split(separator: " ").map(String.init)
      (base, present, past) = (forms[0], forms[1], forms[2])
    }
  }

  /// What sentences tell of.
  private struct Topic: Sendable {
    let name: String
    let verbs: [Verb]
    let objects: [String]
    let qualities: [String]
    let places: [String]

    init(_ name: String, verbs: String, objects: String, qualities: String, places: String) {
      self.name = name
      self.verbs = verbs.split(separator: ",").map(Verb.init)
      self.objects = Sentences.list(objects)
      self.qualities = Sentences.list(qualities)
      self.places = Sentences.list(places)
    }
  }

  private static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { String($0.drop { $0 == " " }) }
  }

  private static let singulars = list(
    "she, he, anna, paul, maria, the child, the teacher, the doctor, my brother, my sister, our aunt, "
      + "grandfather, the neighbour, everyone, nobody, the girl, the boy, your friend, the captain")
  private static let plurals = list(
    "they, we, the children, the teachers, my parents, our friends, the neighbours, the students, "
      + "two strangers, many people, the twins, her cousins")
  private static let qualities = list(
    "young, tired, happy, quiet, clever, busy, tall, friendly, careful, hungry")
  private static let adverbs = list(
    "often, never, always, slowly, quickly, gladly, rarely, carefully, quietly, sometimes")
  private static let presentTimes = list(
    "today, every day, every morning, on sundays, now, in summer, at night, these days")
  private static let pastTimes = list(
    "yesterday, last week, last night, two days ago, in the spring, a year ago, this morning")
  private static let futureTimes = list(
    "tomorrow, next week, tonight, soon, in a month, next year, on monday, after lunch")

  private static let topics = [
    Topic(
      "food",
      verbs:
        "cook cooks cooked,eat eats ate,taste tastes tasted,bake bakes baked,serve serves served,"
        + "burn burns burned",
      objects:
        "soup, bread, cake, rice, fish, pie, salad, cheese, noodles, pancakes, stew, potatoes",
      qualities: "fresh, warm, spicy, sweet, salty, cold",
      places: "in the kitchen, at the market, in the garden, at home, in the restaurant"),
    Topic(
      "travel",
      verbs: "take takes took,miss misses missed,catch catches caught,board boards boarded,"
        + "rent rents rented,drive drives drove",
      objects: "train, bus, plane, boat, taxi, ferry, bicycle, tram, ship, car, coach",
      qualities: "early, late, slow, crowded, red, last",
      places: "to the city, near the station, at the airport, across the bridge, to the coast"),
    Topic(
      "music",
      verbs: "play plays played,hear hears heard,sing sings sang,practise practises practised,"
        + "record records recorded,write writes wrote",
      objects: "song, melody, waltz, symphony, hymn, ballad, tune, chorus, duet, sonata, march",
      qualities: "sad, loud, gentle, famous, short, cheerful",
      places: "on the stage, at the opera, at the festival, in the choir, on the radio"),
    Topic(
      "sport",
      verbs: "win wins won,lose loses lost,watch watches watched,start starts started,"
        + "enter enters entered,finish finishes finished",
      objects: "game, race, match, contest, final, tournament, marathon, relay, regatta, league",
      qualities: "hard, close, long, exciting, fair, rough",
      places: "in the stadium, on the field, at the pool, at school, in the mountains"),
    Topic(
      "weather",
      verbs:
        "notice notices noticed,expect expects expected,enjoy enjoys enjoyed,fear fears feared,"
        + "forecast forecasts forecast,photograph photographs photographed",
      objects: "rain, snow, storm, fog, wind, sunshine, thunder, hail, rainbow, clouds, frost",
      qualities: "heavy, light, sudden, strange, bright, icy",
      places: "over the hills, by the sea, in the valley, above the roofs, on the island"),
    Topic(
      "work",
      verbs: "send sends sent,read reads read,sign signs signed,check checks checked,"
        + "print prints printed,lose loses lost",
      objects: "letter, report, contract, invoice, message, plan, budget, form, memo, proposal",
      qualities: "urgent, important, secret, boring, new, final",
      places: "at the office, in the meeting, from the desk, for the boss, on the computer"),
    Topic(
      "animals",
      verbs:
        "feed feeds fed,see sees saw,find finds found,follow follows followed,love loves loved,"
        + "chase chases chased",
      objects: "dog, cat, horse, bird, rabbit, sheep, duck, goat, squirrel, donkey, hedgehog, owl",
      qualities: "small, brown, wild, tame, hungry, playful",
      places: "in the forest, on the farm, at the zoo, by the river, under the tree"),
    Topic(
      "home",
      verbs: "clean cleans cleaned,paint paints painted,repair repairs repaired,buy buys bought,"
        + "move moves moved,open opens opened",
      objects:
        "door, window, table, chair, lamp, sofa, wall, roof, cupboard, carpet, shelf, mirror",
      qualities: "wooden, old, broken, white, heavy, dusty",
      places: "in the hall, upstairs, in the cellar, next door, in the bedroom"),
  ]
}

extension Dice {
  fileprivate mutating func one<T>(of list: [T]) -> T {
    list[min(list.count - 1, Int(unit() * Float(list.count)))]
  }

  fileprivate mutating func isTrue(_ chances: Int, in count: Int) -> Bool {
    Int(unit() * Float(count)) < chances
  }
}
