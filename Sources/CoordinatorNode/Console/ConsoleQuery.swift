import JSON
package import Ranking
import Vocabulary
import Wire

/// A query of the console: JSON with the names of `winnow query`.
package struct ConsoleQuery: Decodable, Sendable {
  /// Results that are shown, 1…1,000.
  let k: Int
  /// The page of k results that is shown, from 1.
  let page: Int
  /// The request to the coordinator: as many results as are re-ranked, so that both orders are known.
  var request: RankRequest
  /// How long an answer may take.
  let timeoutMilliseconds: Int

  /// Reads a query.
  ///
  /// - Throws: An error of the file `request` that names the field.
  package static func read(json: [UInt8]) throws(ModelError) -> ConsoleQuery {
    try StrictJSON.decode(ConsoleQuery.self, from: json, of: .request)
  }

  /// Values of a facet that are shown.
  private static let facetValues: UInt16 = 12

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case collection, user, vector, session, context, filter, exclude, k, depth, explain, words, typing, facets,
      diversity, page
    case asTyped = "as_typed"
    case minimumCoverage = "min_coverage"
    case timeoutMilliseconds = "timeout_ms"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    k = try container.integer(.k, in: 1...Limits.kMax, default: 10)
    let depth = try container.integer(.depth, in: k...Limits.depthMax, default: min(k * 10, Limits.depthMax))
    page = try container.integer(.page, in: 1...max(1, (min(depth, Limits.kMax) + k - 1) / k), default: 1)
    timeoutMilliseconds = try container.integer(.timeoutMilliseconds, in: 1...10_000, default: 2000)
    request = RankRequest(
      collection: try container.contains(.collection) ? container.name(.collection) : "",
      k: min(depth, Limits.kMax), depth: depth)
    request.attributes = .all
    (request.wantsPromise, request.wantsArm) = (true, true)
    if try container.decodeIfPresent(Bool.self, forKey: .explain) ?? false {
      request.explainedCount = min(page * k, request.k, Limits.explainedMax)
    }
    request.user = try container.decodeIfPresent(Number.self, forKey: .user).map { UserID($0.value) }
    request.vector = try container.vector(.vector)
    request.sessionItems = try container.ids(.session, most: Limits.sessionItemsMax)
    request.exclude = try container.ids(.exclude, most: Limits.sessionItemsMax)
    request.words = try container.text(.words, bytesMax: Limits.wordsBytesMax)
    let isTyping = try container.decodeIfPresent(Bool.self, forKey: .typing) ?? false
    let isAsTyped = try container.decodeIfPresent(Bool.self, forKey: .asTyped) ?? false
    if !request.words.isEmpty { (request.isTyping, request.isAsTyped) = (isTyping, isAsTyped) }
    request.filter = try container.text(.filter, bytesMax: Limits.filterTextBytesMax)
    request.minimumCoverage = UInt32(
      try container.decodeIfPresent(Double.self, forKey: .minimumCoverage).map { share in
        guard (0...1).contains(share) else {
          throw FieldError([CodingKeys.minimumCoverage], .outOfRange, "\(share) is not within 0…1")
        }
        return (share * 1_000_000).rounded()
      } ?? 0)
    let context = try container.decodeIfPresent([String: Value].self, forKey: .context) ?? [:]
    guard context.count <= Limits.contextFeaturesMax, context.keys.allSatisfy({ isName($0) }) else {
      throw FieldError(
        [CodingKeys.context], .outOfRange, "at most \(Limits.contextFeaturesMax) names of a-z 0-9 _ -")
    }
    let facets = try container.decodeIfPresent([String].self, forKey: .facets) ?? []
    guard facets.count <= Limits.facetsMax, facets.allSatisfy({ isName($0) }) else {
      throw FieldError([CodingKeys.facets], .outOfRange, "at most \(Limits.facetsMax) names of attributes")
    }
    request.page.facets = facets.map { .init($0, .values, most: Self.facetValues) }
    if let lambda = try container.decodeIfPresent(Double.self, forKey: .diversity) {
      guard (0...1).contains(lambda) else {
        throw FieldError([CodingKeys.diversity], .outOfRange, "\(lambda) is not within 0…1")
      }
      request.page.diversity = .init(window: Limits.diversityWindowMax, lambda: Float(lambda))
    }
    request.context = context.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) }
  }

  /// A number of 64 bits, as JSON number or as text of digits.
  struct Number: Decodable {
    let value: UInt64

    init(from decoder: any Decoder) throws {
      guard let number = try JSON(from: decoder).asID else {
        throw FieldError(
          decoder.codingPath, .wrongType,
          "not an id: a whole number from 0 to 2^64 - 1 without sign, point or zeros in front")
      }
      value = number
    }
  }

  /// A value of the context.
  private struct Value: Decodable {
    let value: RankRequest.ContextValue

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Float.self), number.isFinite {
        value = .number(number)
      } else if let text = try? container.decode(String.self), text.utf8.count <= 255 {
        value = .keyword(text)
      } else {
        throw FieldError(container.codingPath, .wrongType, "neither a finite number nor a word of up to 255 bytes")
      }
    }
  }
}

extension KeyedDecodingContainer {
  fileprivate func ids(_ key: Key, most: Int) throws -> [UInt64] {
    let ids = try decodeIfPresent([ConsoleQuery.Number].self, forKey: key) ?? []
    guard ids.count <= most else {
      throw FieldError(codingPath + [key], .outOfRange, "\(ids.count) ids, at most \(most)")
    }
    return ids.map(\.value)
  }

  fileprivate func vector(_ key: Key) throws -> [Float] {
    let vector = (try decodeIfPresent([Double].self, forKey: key) ?? []).map { Float($0) }
    guard vector.count <= Limits.dimensionMax, vector.allSatisfy(\.isFinite) else {
      throw FieldError(codingPath + [key], .outOfRange, "at most \(Limits.dimensionMax) finite float32")
    }
    return vector
  }

  fileprivate func text(_ key: Key, bytesMax: Int) throws -> String {
    let text = try decodeIfPresent(String.self, forKey: key) ?? ""
    guard text.utf8.count <= bytesMax else {
      throw FieldError(codingPath + [key], .outOfRange, "\(text.utf8.count) bytes, at most \(bytesMax)")
    }
    return text
  }
}
