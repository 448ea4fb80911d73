package dev.twinlog.internal.kafka.records.common;

import dev.twinlog.spi.PluginContext;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Notes topics with header keys that may not be copied byte for byte. Kafka's consumer and producer
 * handle header keys as text only, and replace bytes that are not UTF-8 by U+FFFD; such a key can't
 * be distinguished from one that contains U+FFFD in the source.
 *
 * <p>Thread-safe.
 */
public final class HeaderKeyCheck {
  static final String NOTE =
      "header keys have U+FFFD in them: Kafka's consumer and producer, which the record path uses,"
          + " put it in place of bytes that are not UTF-8, so these keys may not be the same bytes"
          + " as in the source; the batch path copies them as they are";

  private static final char REPLACEMENT = '\uFFFD';

  private final PluginContext context;
  private final Set<String> noted = ConcurrentHashMap.newKeySet();

  public HeaderKeyCheck(PluginContext context) {
    this.context = context;
  }

  /** Checks the headers of one record of a source partition. */
  public void check(TopicPartition source, Headers headers) {
    for (Header header : headers.toArray()) {
      if (header.key().indexOf(REPLACEMENT) >= 0 && noted.add(source.topic())) {
        context.note(source, NOTE);
      }
    }
  }
}
