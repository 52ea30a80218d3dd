internal import Vocabulary

/// Step 4 of the analysis: words for units and their short forms. A short form stands for itself, so that it is not
/// stemmed.
enum UnitWords {
  /// The short form of a folded word; `nil` if the word is no unit.
  static func shortForm(_ word: ExactText) -> ExactText? {
    word.text.utf8.count > longest ? nil : forms[word]
  }

  /// Short form, then the words for it.
  static let table: [[String]] = [
    ["in", "inch", "inches"], ["ft", "foot", "feet"], ["yd", "yard", "yards"],
    ["mm", "millimeter", "millimeters", "millimetre", "millimetres"],
    ["cm", "centimeter", "centimeters", "centimetre", "centimetres"], ["m", "meter", "meters", "metre", "metres"],
    ["sq", "square"], ["cu", "cubic"],
    ["gal", "gallon", "gallons"], ["qt", "quart", "quarts"],
    ["l", "liter", "liters", "litre", "litres"], ["ml", "milliliter", "milliliters", "millilitre", "millilitres"],
    ["oz", "ounce", "ounces"], ["lb", "lbs", "pound", "pounds"], ["g", "gram", "grams"],
    ["kg", "kilogram", "kilograms"],
    ["w", "watt", "watts"], ["v", "volt", "volts"], ["a", "amp", "amps", "ampere", "amperes"], ["ga", "gauge"],
    ["pc", "pcs", "piece", "pieces"],
  ]

  private static let forms: [ExactText: ExactText] = Dictionary(
    uniqueKeysWithValues: table.flatMap { words in words.map { ($0.exact, words[0].exact) } })

  private static let longest = forms.keys.map(\.text.utf8.count).max() ?? 0
}
