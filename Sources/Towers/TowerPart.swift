/// A matrix of parameters, and what it stands for.
struct TowerPart {
  enum Kind {
    /// `[1, d]`, beginning at a value.
    case vector(start: Float)
    /// `[rows, d]`, drawn.
    case table
    /// `[2, d]`: gains, which begin at 1, and offsets.
    case norm
    /// `[inputs + 1, outputs]`: weights, drawn, and the bias.
    case layer
    /// The same for inputs tap by tap, the newest first.
    case convolution(taps: Int)
  }

  let name: String
  let rows, columns: Int
  let kind: Kind

  static func vector(_ name: String, _ columns: Int, start: Float) -> TowerPart {
    TowerPart(name: name, rows: 1, columns: columns, kind: .vector(start: start))
  }

  static func table(_ name: String, rows: Int, _ columns: Int) -> TowerPart {
    TowerPart(name: name, rows: rows, columns: columns, kind: .table)
  }

  static func norm(_ name: String, _ columns: Int) -> TowerPart {
    TowerPart(name: name, rows: 2, columns: columns, kind: .norm)
  }

  static func layer(_ name: String, _ inputs: Int, _ outputs: Int) -> TowerPart {
    TowerPart(name: name, rows: inputs + 1, columns: outputs, kind: .layer)
  }

  static func convolution(_ name: String, _ inputs: Int, _ outputs: Int, taps: Int) -> TowerPart {
    TowerPart(name: name, rows: taps * inputs + 1, columns: outputs, kind: .convolution(taps: taps))
  }

  /// How many of the first rows are drawn.
  var drawnRows: Int {
    switch kind {
    case .vector, .norm: 0
    case .table: rows
    case .layer, .convolution: rows - 1
    }
  }

  /// What the first row begins at, if it is not drawn.
  var start: Float? {
    switch kind {
    case .vector(let start): start
    case .norm: 1
    case .table, .layer, .convolution: nil
    }
  }

  /// The tensors that the matrix number `part` holds.
  func tensors(part: Int) -> [TowerTensor] {
    func tensor(_ suffix: String, _ shape: [Int], _ role: TowerTensor.Role) -> TowerTensor {
      TowerTensor(name: name + suffix, shape: shape, part: part, role: role)
    }
    switch kind {
    case .vector: return [tensor("", [columns], .row(0))]
    case .table: return [tensor("", [rows, columns], .rows)]
    case .norm: return [tensor(".weight", [columns], .row(0)), tensor(".bias", [columns], .row(1))]
    case .layer:
      return [tensor(".weight", [columns, rows - 1], .weights), tensor(".bias", [columns], .row(rows - 1))]
    case .convolution(let taps):
      return [
        tensor(".weight", [columns, (rows - 1) / taps, taps], .taps), tensor(".bias", [columns], .row(rows - 1)),
      ]
    }
  }
}
