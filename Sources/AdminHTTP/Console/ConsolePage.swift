/// The console: one page, its style and its script, as they are sent. Nothing comes from another host.
package enum ConsolePage {
  /// A part of the page.
  package struct Part: Sendable {
    /// Where it is served.
    package let path: String
    /// With its charset.
    package let contentType: String
    /// The page's text.
    package let text: String
  }

  /// Page, style and script.
  package static let parts = [
    Part(path: "/", contentType: "text/html; charset=utf-8", text: html),
    Part(path: "/console.css", contentType: "text/css; charset=utf-8", text: style),
    Part(
      path: "/console.js", contentType: "text/javascript; charset=utf-8",
      text: [scriptCore, scriptQuery, scriptAnswer, scriptCharts, scriptCluster, scriptStart].joined()),
  ]

  /// The policy for the browser: the page may only load its own parts and ask its own server.
  package static let contentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    + "form-action 'none'; frame-ancestors 'none'"
}
