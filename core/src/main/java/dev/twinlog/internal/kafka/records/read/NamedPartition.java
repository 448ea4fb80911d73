package dev.twinlog.internal.kafka.records.read;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the partition that an exception of the consumer is about. For damaged batches the client
 * has no exception type with the partition ("Received exception when fetching the next record from
 * t-0", "Encountered corrupt message when fetching offset 7 for topic-partition t-0"); only the
 * message names it.
 *
 * <p>Stateless.
 */
final class NamedPartition {
  private static final int MOST_CAUSES = 20;

  private NamedPartition() {}

  static Set<TopicPartition> in(RuntimeException thrown, Set<TopicPartition> candidates) {
    if (thrown instanceof RecordDeserializationException typed) {
      return candidates.contains(typed.topicPartition())
          ? Set.of(typed.topicPartition())
          : Set.of();
    }
    Set<TopicPartition> named = new HashSet<>();
    for (TopicPartition candidate : candidates) {
      if (names(thrown.getMessage(), candidate.toString())) {
        named.add(candidate);
      }
    }
    return named;
  }

  /**
   * Whether the exception is about stored bytes that are damaged; here, too, there is no type, only
   * texts ("Record batch for partition t-0 at offset 7 is invalid, cause: Record is corrupt").
   */
  static boolean isDamaged(Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
      String text = String.valueOf(cause.getMessage());
      if (cause instanceof CorruptRecordException
          || text.contains(" is invalid, cause: ")
          || text.startsWith("Encountered corrupt message")) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /**
   * Whether the text contains the whole name: {@code t-1} is neither in {@code t-10} nor in {@code
   * at-1}.
   */
  private static boolean names(@Nullable String text, String name) {
    if (text == null) {
      return false;
    }
    for (int at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      int end = at + name.length();
      boolean begins = at == 0 || !isNamePart(text.charAt(at - 1));
      // a full stop behind the name ends the sentence, unless more of a name follows it
      boolean ends =
          end == text.length()
              || !isNamePart(text.charAt(end))
              || (text.charAt(end) == '.'
                  && (end + 1 == text.length() || !isNamePart(text.charAt(end + 1))));
      if (begins && ends) {
        return true;
      }
    }
    return false;
  }

  private static boolean isNamePart(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
