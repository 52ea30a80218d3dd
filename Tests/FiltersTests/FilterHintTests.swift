import Filters
import Testing
import Vocabulary

/// What people write who know another language says how it is written here, and never repeats what they wrote.
struct FilterHintTests {
  private static func message(_ text: String) -> String {
    do throws(FilterError) {
      _ = try FilterParser.parse(text)
      return ""
    } catch { return error.message }
  }

  @Test(arguments: [
    ("brand = null", "'not has'"), ("brand != NULL", "'not has'"), ("brand in (a, Null)", "'not has'"),
    ("brand is null", "'not has'"), ("brand IS NOT NULL", "'not has'"), ("has a AND has b", "lower case"),
    ("has a Or has b", "lower case"), ("NOT has a", "'not' is lower case"), ("brand NOT in (a)", "in front"),
    ("brand not in (a)", "in front"), ("brand IN (a)", "lower case"), ("HAS brand", "lower case"),
    ("brand = 'acme'", "double"), ("brand = `acme`", "double"), ("brand = \u{201C}acme\u{201D}", "double"),
    ("brand = \u{2018}acme\u{2019}", "double"), ("brand = \u{AB}acme\u{BB}", "double"), ("'brand' = acme", "double"),
    ("price == 3", "once"), ("price <> 3", "'!='"), ("price => 3", "'>='"), ("price =< 3", "'<='"),
    ("!has brand", "'not'"), ("price ! 3", "'!='"), ("has a && has b", "'and'"), ("has a & has b", "'and'"),
    ("has a || has b", "'or'"), ("has a, has b", "'in (a, b)'"), ("brand like acme", "no patterns"),
    ("brand LIKE 'a%'", "no patterns"), ("brand ~ a", "no patterns"), ("price between 1 and 2", "'in 10..50'"),
    ("price BETWEEN 1 AND 2", "'in 10..50'"), ("brand:acme", "'='"), ("brand in [a, b]", "'in (a, b)'"),
    ("price = .5", "a digit in front"), ("price = +5", "no plus sign"), ("price < 10,5", "a point"),
    ("price \u{2265} 3", "'>='"), ("brand = dark blue", "double quotation marks"),
    ("(brand = dark blue)", "double quotation marks"), ("brand in (dark blue)", "double quotation marks"),
    ("brand = \u{FC}mlaut", "double quotation marks"), ("price gte 3", "'>='"),
  ]) func hint(text: String, words: String) {
    #expect(Self.message(text).contains(words), "\(Self.message(text))")
  }

  @Test(arguments: [
    "brand = NUL", "brand = nullable", "brand = \"null\"", "brand = AND", "state in (OR, IN)", "brand = TRUE",
    "brand = None", "brand = like",
  ]) func wordsThatAreKeywordsStayKeywords(text: String) throws {
    #expect(try FilterParser.parse(text).text == text)
  }

  @Test func aHintNeverRepeatsWhatWasWritten() {
    for text in ["brand = 'secret'", "brand = secret word", "brand LIKE secret", "has a AND secret", "secret is null"] {
      #expect(!Self.message(text).contains("secret"), "\(Self.message(text))")
    }
  }

  @Test(arguments: [
    ("stock = TRUE", "lower case"), ("brand = 501", "double quotation marks"), ("price = \"10\"", "without"),
  ])
  func aValueOfAnotherTypeSaysHowItIsWritten(text: String, words: String) throws {
    let schema = try #require(
      CollectionSchema(
        embeddingDimension: 1, rerankDimension: 0,
        attributes: [
          AttributeDefinition(name: "stock", type: .bool), AttributeDefinition(name: "brand", type: .keyword),
          AttributeDefinition(name: "price", type: .int),
        ]))
    do throws(FilterError) {
      _ = try FilterParser.parse(text).typed(against: schema)
      Issue.record("accepted")
    } catch { #expect(error.kind == .operandMismatch && error.message.contains(words), "\(error.message)") }
  }
}
