package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.progress.StoredForm;
import dev.twinlog.spi.LinkFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts the records of one of the link's topics that are ignored: records of kinds that this
 * version does not know and may ignore, and records that Twinlog did not write; see {@link
 * StateRecords}. Not thread-safe.
 */
final class IgnoredRecords {
  private static final byte VERSION = 1;

  private int newer;
  private int foreign;
  private String first = "";

  /**
   * Counts a record whose key is not known.
   *
   * @param where topic and offset, for messages
   * @throws LinkFailedException if it must not be ignored
   */
  void add(String where, byte @Nullable [] key) {
    if (key != null && key.length >= 2 && key[0] == VERSION && isLetter(key[1])) {
      Optional<String> release = StoredForm.release(key, 2);
      if (isUpperCase(key[1]) && release.isPresent()) {
        throw new LinkFailedException(
            "%s: a record of kind %c needs Twinlog %s or newer: a newer version has run this link"
                .formatted(where, (char) key[1], release.get()));
      }
      if (!isUpperCase(key[1])) {
        newer++;
        return;
      }
    }
    if (foreign++ == 0) {
      first = where;
    }
  }

  private static boolean isLetter(byte kind) {
    return isUpperCase(kind) || (kind >= 'a' && kind <= 'z');
  }

  private static boolean isUpperCase(byte kind) {
    return kind >= 'A' && kind <= 'Z';
  }

  /** Returns one sentence for records of a newer version, and one for records of other writers. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (newer > 0) {
      notes.add(
          "%d records of kinds that only a newer version of Twinlog knows were ignored"
              .formatted(newer));
    }
    if (foreign > 0) {
      notes.add(
          "%d records that Twinlog did not write were ignored, the first at %s: nothing else should write to this topic"
              .formatted(foreign, first));
    }
    return notes;
  }
}
