import Arguments
import DataSets
import JSON
import Names
import Transport
import Vocabulary
import WinnowClient

/// One run of `winnow feed` against a cluster.
struct FeedRun {
  /// Why a feed could not begin.
  enum Stop: Error {
    case cluster(WinnowError)
    /// Something with the files of this machine.
    case here(Failure)
  }

  let session: Session
  let rejects: OutputFile?
  /// The dictionary of ids that are texts; `nil`: ids are digits.
  let names: IDDictionary?

  /// Feeds the file; `nil` if the collection cannot be determined.
  func feed(_ client: WinnowClient) async throws(Stop) -> FeedResult? {
    let described: (name: String, schema: CollectionSchema)?
    do throws(WinnowError) { described = try await collection(client) } catch { throw .cluster(error) }
    guard let (collection, schema) = described else { return nil }
    var options = Feeder.Options()
    options.writers = session[FeedVerb.writers]
    options.itemsPerBatch = session[FeedVerb.batch]
    options.timeout = session.timeout
    options.waitMax = session[FeedVerb.waitMax]

    let state: ResumeFile.State
    var source: FeedSource
    let reader: ItemReader
    let resumption: ResumeFile?
    do throws(Failure) {
      source = try FeedSource(session[FeedVerb.file], schema: schema, try sourceOptions())
      reader = ItemReader(
        schema: schema, vectors: try vectors(schema), isPartial: session[FeedVerb.partial],
        names: names)
    } catch { throw .here(error) }
    let feeder = Feeder(client, collection: collection, schema: schema, options: options)
    state = try await self.state(client, collection, feeder)
    options.positions = state.positions
    do throws(Failure) { resumption = try path.map { path throws(Failure) in try ResumeFile(path, state) } } catch {
      throw .here(error)
    }

    let start = client.executor.clock.now()
    var reporter = FeedReporter(
      rejects: rejects, rejectsMax: session[FeedVerb.rejectMax], resumption: resumption,
      clock: client.executor.clock)
    var result = FeedResult()
    result.summary = await Feeder(client, collection: collection, schema: schema, options: options).feed {
      reporter.next(&source, reader)
    } progress: {
      reporter.tell($0, source)
    } rejected: {
      reporter.reject(line: $0.tag, id: $0.item, $0.reason)
    } event: {
      reporter.take($0)
    }
    reporter.finish()
    result.reading = source.reading
    result.badLines = reporter.badLines
    result.failure = reporter.failure ?? missingRows(reader, source)
    result.microseconds = start.microseconds(until: client.executor.clock.now())
    do throws(WinnowError) {
      if let feed = state.feed, result.failure == nil, result.summary.isWhole, result.badLines == 0 {
        result.mark = try await client.completeFeed(feed, into: collection, timeout: session.timeout)
      }
    } catch { throw .cluster(error) }
    // A feed that has come to its end has nothing to go on with, even if items were refused on the way.
    if result.failure == nil, result.summary.failure == nil {
      do throws(Failure) { try resumption?.remove() } catch { result.failure = error }
    }
    return result
  }

  /// How the flags say that the file is written.
  private func sourceOptions() throws(Failure) -> FeedSource.Options {
    var options = FeedSource.Options()
    options.format = TableFlags.format(session)
    options.format.delimiter = session[TableFlags.delimiter]
    options.ignored = Set(session[TableFlags.ignore].map(\.exact))
    options.setDivider = try SetDivider.read(session)
    let columns = session[FeedVerb.columns]
    guard !columns.isEmpty else { return options }
    guard columns.contains(where: { $0.utf8.contains(UInt8(ascii: "=")) }) else {
      options.format.columns = columns
      return options
    }
    for part in columns {
      guard let (name, column) = part.split(at: "="), !name.isEmpty, !column.isEmpty,
        !options.names.contains(where: { $0.name.exact == name.exact })
      else {
        throw session.usage(
          FeedVerb.columns, "either names all columns in their order, or gives columns of the file as id=COLUMN")
      }
      options.names.append((name, column))
    }
    return options
  }

  private var path: String? { session[FeedVerb.resume] }

  private func collection(
    _ client: WinnowClient
  ) async throws(WinnowError) -> (name: String, schema: CollectionSchema)? {
    guard let collection = try await session.collection(client) else { return nil }
    return (collection, try await client.describeCollection(collection, timeout: session.timeout).schema)
  }

  private func vectors(_ schema: CollectionSchema) throws(Failure) -> FeedVectors? {
    let reranks = session[FeedVerb.rerankVectors]
    guard let path = session[FeedVerb.vectors] else {
      if reranks != nil { throw session.usage(FeedVerb.rerankVectors, "goes with --vectors") }
      return nil
    }
    return try FeedVectors(path, reranks: reranks, schema: schema)
  }

  /// Where the feed begins: where an earlier one ended, or at the first row.
  private func state(
    _ client: WinnowClient, _ collection: String, _ feeder: Feeder
  ) async throws(Stop) -> ResumeFile.State {
    var fields: [(String, JSON)] = [
      ("collection", .text(collection)), ("batch", .int(session[FeedVerb.batch])),
      ("writers", .int(session[FeedVerb.writers])),
      ("partial", .bool(session[FeedVerb.partial])),
      ("complete", .bool(session[FeedVerb.complete])),
    ]
    // What makes other items of the same rows.
    let ofRows: [any Argument] = [
      FeedVerb.columns, TableFlags.ignore, TableFlags.delimiter, TableFlags.quotes, TableFlags.encoding,
      TableFlags.decimal, SetDivider.flag, OwnIDs.dictionary,
    ]
    for flag in ofRows where session.isGiven(flag) {
      fields.append((flag.row.name, .list(session.values.texts(flag).map { .text($0) })))
    }
    let flags = JSON.object(fields)
    do throws(Failure) {
      if let path, let state = try ResumeFile.read(path) {
        guard state.flags == flags else {
          throw Failure(.conflict, "\(path) is of a feed with other flags: \(state.flags.line), not \(flags.line)")
        }
        return state
      }
    } catch { throw .here(error) }
    do throws(WinnowError) {
      let isWhole = session[FeedVerb.complete]
      let begun = isWhole ? try await client.beginFeed(into: collection, timeout: session.timeout) : nil
      return ResumeFile.State(flags: flags, positions: feeder.newPositions(), feed: begun?.feed)
    } catch { throw .cluster(error) }
  }

  /// Vectors that are left over belong to another file than the rows.
  private func missingRows(_ reader: ItemReader, _ source: FeedSource) -> Failure? {
    guard source.isAtEnd else { return nil }
    if reader.unmetVectors > 0 {
      return Failure(
        .failed, "\(Text.grouped(reader.unmetVectors)) ids of the file of vectors are no row of the file of items",
        advice: "is the file of items whole? If it is, give vectors of its items only")
    }
    guard let count = reader.rowsOfVectors, source.rowCount != count else { return nil }
    return Failure(
      .failed,
      "the file of vectors has \(Text.grouped(count)) rows, the file of items \(Text.grouped(source.rowCount))",
      advice: "row by row they must belong together; feed again with files that do")
  }
}
