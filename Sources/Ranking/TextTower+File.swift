import Kernels
import Towers

extension TextTower {
  /// Reads `text.safetensors` as the manifest describes it.
  ///
  /// - Returns: `nil` if the manifest has no text.
  /// - Throws: An error that names the tensor; `missing` or `unknown` for a file that should be there, or should not.
  static func read(_ files: WordFiles, for manifest: Manifest) throws(ModelError) -> TextTower? {
    guard let search = manifest.search else {
      guard files.text == nil else { throw ModelError(.text, "", .unknown, "the manifest has no text") }
      return nil
    }
    guard let bytes = files.text else { throw ModelError(.text, "", .missing, "the manifest has text") }
    guard files.lexicon != nil else {
      throw ModelError(.lexicon, "", .missing, "the manifest has text, whose words are those of the lexicon")
    }
    let file = try SafetensorsFile(bytes, as: .text)
    let values = try file.vectors(tensorName, rows: search.rowCount, columns: search.dimension)
    try file.refuseTensors(besides: [tensorName])
    let table = FloatMatrix(rows: search.rowCount, columns: search.dimension)
    for row in 0..<search.rowCount {
      table.setRow(row, values[row * search.dimension..<(row + 1) * search.dimension])
    }
    return TextTower(table)
  }
}
