package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Checks the version of stored forms, by the one rule that all of them follow:
 *
 * <ul>
 *   <li>A form begins with a version byte, which says what a reader must understand. Fields that it
 *       may do without are added at the end, under the same version: a reader skips what follows
 *       the last field that it knows, and does without a field that is not there.
 *   <li>The version is raised only for what an older reader must not read. Behind a version byte
 *       above 1 comes the first version of Twinlog that reads the form, as a length byte and ASCII
 *       text, so that every older one can name it.
 * </ul>
 *
 * <p>Stateless.
 */
public final class StoredForm {
  private static final Pattern RELEASE = Pattern.compile("[0-9]+\\.[0-9A-Za-z.+-]{1,30}");

  private StoredForm() {}

  /**
   * Checks the version byte at {@code at}, which is there.
   *
   * @param what what the form is, for messages
   * @param known the one version that the reader understands
   * @throws LinkFailedException if it is another version
   */
  public static void checkVersion(String what, byte[] stored, int at, int known) {
    int found = stored[at] & 0xff;
    if (found != known) {
      throw new LinkFailedException(
          "%s has format version %d, but this version of Twinlog knows only %d: %s"
              .formatted(
                  what,
                  found,
                  known,
                  release(stored, at + 1)
                      .map(release -> "it takes Twinlog " + release + " or newer")
                      .orElse(
                          "it was written by another version of Twinlog, or is something else")));
    }
  }

  /** The version of Twinlog that is named at {@code at}; empty if there is no such thing. */
  public static Optional<String> release(byte[] stored, int at) {
    if (at >= stored.length || stored[at] <= 0 || stored[at] > stored.length - at - 1) {
      return Optional.empty();
    }
    String text = new String(stored, at + 1, stored[at], StandardCharsets.US_ASCII);
    return RELEASE.matcher(text).matches() ? Optional.of(text) : Optional.empty();
  }
}
