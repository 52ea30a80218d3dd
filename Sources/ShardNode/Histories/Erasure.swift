/// Whether files still hold what is forgotten: the files of the log up to then do, and the checkpoints.
///
/// First the log goes on in another file, then a checkpoint is written without what is forgotten; with it the log's older
/// files go.
struct Erasure {
  /// How often something was forgotten since the start.
  private var noted: UInt64 = 0
  /// Of these, those whose records are in files that the log has left.
  private(set) var turned: UInt64 = 0
  private var erased: UInt64 = 0
  /// Records of the log up to this one are in no file any more.
  private(set) var position: UInt64 = 0

  /// Whether files have to be written again.
  var isDue: Bool { noted > erased }

  /// What is forgotten up to now, if the log still writes to a file that has it.
  var unturned: UInt64? { noted > turned ? noted : nil }

  /// Something is forgotten.
  mutating func note() { noted += 1 }

  /// The log goes on in another file than the one that has this much.
  mutating func noteTurn(_ forgotten: UInt64) { turned = max(turned, forgotten) }

  /// A checkpoint is written of the time after a turn.
  mutating func noteErased(_ forgotten: UInt64, through position: UInt64) {
    guard forgotten > erased else { return }
    (erased, self.position) = (forgotten, position)
  }
}
