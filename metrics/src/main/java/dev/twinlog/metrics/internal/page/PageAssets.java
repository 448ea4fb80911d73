package dev.twinlog.metrics.internal.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/**
 * The page itself: one document that holds its style and its script, and the policy that allows
 * these two and nothing else.
 *
 * @param contentSecurityPolicy names style and script by their hashes
 */
public record PageAssets(String page, String contentSecurityPolicy) {

  public static PageAssets load() {
    String style = resource("page.css");
    String script = resource("page.js");
    String page =
        resource("page.html").replace("/*page.css*/", style).replace("/*page.js*/", script);
    return new PageAssets(
        page,
        "default-src 'none'; script-src '%s'; style-src '%s'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            .formatted(hash(script), hash(style)));
  }

  private static String resource(String name) {
    try (InputStream in = PageAssets.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
