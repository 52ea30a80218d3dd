import Privacy

/// A kind of directory that Winnow writes: its files, and how it knows one of its own.
struct DirectoryForm: Sendable {
  /// With its article, for errors.
  let name: String
  /// Every name that such a directory may have, and that a write replaces or removes.
  let files: Set<String>
  /// Names that stay there when the directory is written.
  var kept: Set<String> = []
  /// The file without which the directory is nothing, written last, and a text near its start.
  let main: String
  let mark: String
  /// Whether a directory of this kind is replaced without `--force`.
  let isReplaced: Bool

  private static let dataFiles: Set<String> = [
    "interactions.tsv", "items.dict", "users.dict", "items.jsonl", "users.jsonl", "test.tsv", "dataset.json",
  ]

  static let dataSet = DirectoryForm(
    name: "a data set", files: dataFiles, kept: [PrivacyLedger.fileName], main: "dataset.json", mark: "winnow-dataset",
    isReplaced: true)

  /// What the holder of a private model's data keeps beside it.
  static let holder = DirectoryForm(
    name: "a holder's directory", files: dataFiles.union(["training.json"]), kept: [PrivacyLedger.fileName],
    main: "dataset.json", mark: "winnow-dataset", isReplaced: false)

  static let model = DirectoryForm(
    name: "a model directory",
    files: dataFiles.union([
      "weights.safetensors", "users.safetensors", "items.safetensors", "tower.safetensors", "schema.json",
      "checkpoint.safetensors", "training.json", "manifest.json", "lexicon.bin", "text.safetensors", "suggest.bin",
      "synonyms.txt", "protected.txt", "counts.safetensors",
    ]), main: "manifest.json", mark: "winnow-model", isReplaced: false)

  static let shop = DirectoryForm(
    name: "a synthetic shop", files: ["events.tsv", "items.jsonl", "users.jsonl", "shoppers.json"],
    main: "shoppers.json", mark: "\"tastes\"", isReplaced: false)

  /// Where a training run keeps how far it has come.
  static let interruptedRun = DirectoryForm(
    name: "an interrupted run", files: ["training.json", "checkpoint.safetensors", "text.safetensors"],
    main: "training.json",
    mark: "winnow-training", isReplaced: false)

  /// The name of a file that is being written.
  static func part(_ name: String) -> String { name + ".part" }

  /// Whether a directory of this kind may hold a name, be it of a file that was being written when the program ended.
  func knows(_ name: String) -> Bool {
    var name = name[...]
    for ending in [".new", ".part"] where name.hasSuffix(ending) { name = name.dropLast(ending.count) }
    return files.contains(String(name)) || kept.contains(String(name))
  }
}
