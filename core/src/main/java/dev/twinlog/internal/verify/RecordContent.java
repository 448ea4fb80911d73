package dev.twinlog.internal.verify;

import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationRecord;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Compares two records, but for their offsets. Stateless. */
final class RecordContent {
  private RecordContent() {}

  /**
   * What differs, in words; empty if nothing does.
   *
   * @param timestamps whether the timestamps are compared
   */
  static Optional<String> difference(
      ReplicationRecord source, ReplicationRecord target, boolean timestamps) {
    Optional<String> found = bytes("the key", source.key(), target.key());
    if (found.isEmpty()) {
      found = bytes("the value", source.value(), target.value());
    }
    if (found.isEmpty()) {
      found = headers(source, target);
    }
    if (found.isEmpty() && timestamps && source.timestamp() != target.timestamp()) {
      found =
          Optional.of(
              "the timestamp is %d at the source, %d in the target"
                  .formatted(source.timestamp(), target.timestamp()));
    }
    return found;
  }

  private static Optional<String> headers(ReplicationRecord source, ReplicationRecord target) {
    Iterator<Header> others = target.headers().iterator();
    int number = 0;
    for (Header header : source.headers()) {
      if (!others.hasNext()) {
        return Optional.of(
            "header %d, %s, is missing in the target".formatted(number, header.key()));
      }
      Header other = others.next();
      if (!Arrays.equals(RawHeader.rawKeyOf(header), RawHeader.rawKeyOf(other))) {
        return Optional.of(
            "header %d is %s at the source, %s in the target"
                .formatted(number, header.key(), other.key()));
      }
      Optional<String> value =
          bytes("the value of header " + header.key(), header.value(), other.value());
      if (value.isPresent()) {
        return value;
      }
      number++;
    }
    return others.hasNext()
        ? Optional.of("the target has a header more, " + others.next().key())
        : Optional.empty();
  }

  private static Optional<String> bytes(
      String what, byte @Nullable [] source, byte @Nullable [] target) {
    if (source == null || target == null) {
      return source == target
          ? Optional.empty()
          : Optional.of(
              "%s is %s at the source, %s in the target"
                  .formatted(what, size(source), size(target)));
    }
    int at = Arrays.mismatch(source, target);
    if (at < 0) {
      return Optional.empty();
    }
    return Optional.of(
        source.length == target.length
            ? "%s differs from byte %d of %d on".formatted(what, at, source.length)
            : "%s has %s at the source, %s in the target"
                .formatted(what, size(source), size(target)));
  }

  private static String size(byte @Nullable [] bytes) {
    return bytes == null ? "null" : bytes.length + " bytes";
  }
}
