package dev.twinlog.testkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.spi.ReplicationRecord;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Parses the lines that {@link HttpSink} posts. */
final class JsonLines {
  private static final Pattern FIELD =
      Pattern.compile("\"(?:offset|timestamp|key|value)\":(?:null|(-?\\d+)|\"([^\"]*)\")");

  private JsonLines() {}

  static ReplicationRecord record(String line) {
    List<MatchResult> fields = FIELD.matcher(line).results().toList();
    RecordHeaders headers = new RecordHeaders();
    for (int i = 4; i < fields.size(); i += 2) {
      headers.add(new String(bytes(fields.get(i)), UTF_8), bytes(fields.get(i + 1)));
    }
    return ReplicationRecord.of(
        Long.parseLong(fields.get(0).group(1)),
        Long.parseLong(fields.get(1).group(1)),
        bytes(fields.get(2)),
        bytes(fields.get(3)),
        headers);
  }

  /** A {@link LineFormat}. */
  static ReplicationRecord record(long offset, byte[] line) {
    ReplicationRecord read = record(new String(line, UTF_8));
    return ReplicationRecord.of(offset, read.timestamp(), read.key(), read.value(), read.headers());
  }

  private static byte[] bytes(MatchResult field) {
    return field.group(2) == null ? null : Base64.getDecoder().decode(field.group(2));
  }
}
