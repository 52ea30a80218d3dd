import Arguments
import Names
import Ranking
import Storage
import Vocabulary
import WinnowClient

/// The model of a directory, read as the coordinator will read it, so that what it would refuse is told before anything
/// is sent.
struct ModelPushFiles: Sendable {
  let files: ModelFiles
  let manifest: Manifest

  /// - Throws: What is wrong with a file, or that `users.dict` is of another model.
  init(_ directory: String) throws(Failure) {
    guard FileIdentity(directory).kind != .file else {
      throw Failure(.failed, "\(directory) is a file", advice: "give the directory that it is in", name: "BAD_FILE")
    }
    func read(_ file: ModelFile, limit: Int) throws(Failure) -> [UInt8]? {
      guard let bytes = try Files.readIfThere("\(directory)/\(file.rawValue)", limit: limit) else { return nil }
      guard !bytes.isEmpty else {
        throw Self.bad("\(directory)/\(file.rawValue) is empty", Self.copyAgain)
      }
      return bytes
    }
    func needed(_ file: ModelFile, limit: Int) throws(Failure) -> [UInt8] {
      guard let bytes = try read(file, limit: limit) else {
        throw Self.bad(
          "there is no \(directory)/\(file.rawValue)", "give a model directory, as 'winnow train' writes it")
      }
      return bytes
    }
    let manifest = try needed(.manifest, limit: Model.manifestBytesMax)
    let weights = try needed(.weights, limit: Model.weightsBytesMax)
    let users = try read(.users, limit: Model.usersBytesMax)
    let tower = try read(.tower, limit: Model.towerBytesMax)
    let words = try WordFiles { (file, limit) throws(Failure) in try read(file, limit: limit) }
    files = ModelFiles(
      manifest: manifest, weights: weights, users: users ?? [], tower: tower ?? [], lexicon: words.lexicon ?? [],
      text: words.text ?? [], suggestions: words.suggestions ?? [], synonyms: words.synonyms ?? [],
      protected: words.protected ?? [])
    let model: Model
    do throws(ModelError) {
      model = try Model.load(manifest: manifest, weights: weights, users: users, tower: tower, words: words)
    } catch {
      throw Self.damaged(error, in: directory)
    }
    self.manifest = model.manifest
    // A model that reads nothing of the user may do without a table of them.
    guard users != nil || model.manifest.userDimension + model.manifest.profileDimension > 0 else { return }
    try Self.compare(
      "users.dict", in: directory, with: Set(model.users.firstIDs(model.users.count)), "users",
      of: users == nil ? nil : ModelFile.users.rawValue)
  }

  /// Compares a dictionary of the directory with what it is to name.
  ///
  /// In a directory that training wrote it has exactly the ids of the model; in another one it may have more, or fewer.
  ///
  /// - Parameter file: Where the ids are from; `nil`: there is no such file.
  /// - Throws: If the dictionary is damaged, or belongs to other files.
  static func compare(
    _ name: String, in directory: String, with ids: Set<UInt64>, _ what: String, of file: String?
  ) throws(Failure) {
    let (count, met): (Int, Int)
    do throws(NameError) {
      guard let dictionary = try DictionaryFile.readIfThere("\(directory)/\(name)", on: RealDisk()),
        dictionary.count > 0
      else { return }
      (count, met) = (dictionary.count, try dictionary.present(ids).count)
    } catch { throw Failure(error) }
    let isTrained = try Files.isThere("training.json", in: directory)
    guard met == 0 || isTrained && (met < ids.count || met < count) else { return }
    let names = "\(directory)/\(name) names \(Text.grouped(count)) \(what)"
    let has =
      file.map { "\($0) has \(Text.grouped(ids.count)), of which it names \(met == 0 ? "none" : Text.grouped(met))" }
      ?? "there is no users.safetensors with them"
    throw bad("\(names), and \(has)", "the files must be of one training: copy all of them again")
  }

  /// What a file of the directory has wrong.
  static func damaged(_ error: ModelError, in directory: String) -> Failure {
    var failure = Failure(error, path: "\(directory)/\(error.file.rawValue)")
    failure.advice = copyAgain
    return failure
  }

  private static let copyAgain = "copy the file of the training again, or train again"

  private static func bad(_ message: String, _ advice: String) -> Failure {
    Failure(.failed, "\(message); nothing was changed", advice: advice, name: "BAD_FILE")
  }
}
