import Arguments
import Privacy
import Vocabulary

/// Which silos a run has.
enum FederateRun {
  /// All silos of the offer in the first run; later those that have voided the run before together.
  ///
  /// - Throws: If a silo that goes on has not signed that the run before is void: with two totals, one with a silo and one
  ///   without, that silo's sums would show.
  static func members(
    _ session: Session, _ offer: FederationOffer, _ hash: [UInt8], _ pins: [UInt32: [UInt8]]
  ) throws(Failure) -> [UInt32] {
    let run = UInt32(session[FederateFlags.run])
    let all = offer.members.indices.map { UInt32($0) }
    guard run > 1 else { return all }
    var going: [UInt32] = []
    var agreed: UInt64?
    for silo in all {
      let path = "\(session[FederateFlags.exchange])/\(offer.members[Int(silo)]).round-1.run-\(run - 1).void.wfed"
      guard let file = try FederateFlags.file(path, pins) else { continue }
      guard file.kind == .void, file.values.count == 1, file.silo == silo,
        file.place == FederationFile.Place(offer: hash, round: 1, run: run - 1),
        agreed ?? file.values[0] == file.values[0]
      else {
        throw Failure(
          PrivacyError(
            .federation, "\(path.visible) voids another run, or goes on with other silos than the others",
            advice: "all silos that go on name the same ones"))
      }
      agreed = file.values[0]
      going.append(silo)
    }
    let bits = agreed ?? 0
    let named = all.filter { bits >> UInt64($0) & 1 == 1 }
    guard going == named, going.count >= FederationOffer.silosMin else {
      throw Failure(
        PrivacyError(
          .federation, "run \(run - 1) is not void: all silos that go on, three at least, have to sign it",
          advice: "each of them runs 'winnow federate join --void' for run \(run - 1)"))
    }
    return going
  }
}
