package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Checks the version byte of stored forms. All of them follow one rule:
 *
 * <ul>
 *   <li>A form begins with a version byte, which stands for the fields that a reader must
 *       understand. Optional fields are added at the end, under the same version: a reader skips
 *       the bytes after the last field that it knows, and accepts that an optional field is absent.
 *   <li>The version is raised only for a form that an older reader must refuse. A version byte
 *       above 1 is followed by the first version of Twinlog that reads the form, as a length byte
 *       and ASCII text, so that every older one can name it in its error message.
 * </ul>
 *
 * <p>Stateless.
 */
public final class StoredForm {
  private static final Pattern RELEASE = Pattern.compile("[0-9]+\\.[0-9A-Za-z.+-]{1,30}");

  private StoredForm() {}

  /**
   * Checks the version byte at index {@code at}, which must exist.
   *
   * @param what the name of the form, for messages
   * @param known the version that the reader understands
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
                      .map(release -> "it needs Twinlog " + release + " or newer")
                      .orElse(
                          "it was written by another version of Twinlog, or is not such a form")));
    }
  }

  /** Returns the Twinlog version that is stored at index {@code at}; empty if there is none. */
  public static Optional<String> release(byte[] stored, int at) {
    if (at >= stored.length || stored[at] <= 0 || stored[at] > stored.length - at - 1) {
      return Optional.empty();
    }
    String text = new String(stored, at + 1, stored[at], StandardCharsets.US_ASCII);
    return RELEASE.matcher(text).matches() ? Optional.of(text) : Optional.empty();
  }
}
