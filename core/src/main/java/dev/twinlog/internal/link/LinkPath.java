package dev.twinlog.internal.link;

import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.spi.EncodedBatches;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The path that data takes from a source to a sink.
 *
 * @param path never {@code AUTO}
 * @param reason why it is the record path, if that was not configured
 */
record LinkPath(DataPath path, Optional<String> reason) {
  private static final LinkPath BATCHES = new LinkPath(DataPath.BATCHES, Optional.empty());
  private static final LinkPath RECORDS = new LinkPath(DataPath.RECORDS, Optional.empty());

  static LinkPath of(LinkSettings settings) {
    return between(settings.sourceAbilities().encoded(), settings.sinkAbilities().encoded());
  }

  /** Encoded batches are copied only between parts that both use them. */
  static LinkPath between(Optional<EncodedBatches> source, Optional<EncodedBatches> sink) {
    return source.isPresent() && sink.isPresent() ? between(source.get(), sink.get()) : RECORDS;
  }

  /** A part that uses records and gives no reason was configured to. */
  private static LinkPath between(EncodedBatches source, EncodedBatches sink) {
    if (source.usesEncodedBatches() && sink.usesEncodedBatches()) {
      return BATCHES;
    }
    if (usesRecordsAsConfigured(source) || usesRecordsAsConfigured(sink)) {
      return RECORDS;
    }
    String reasons =
        Stream.of(source, sink)
            .flatMap(part -> part.dataPathReason().stream())
            .distinct()
            .collect(Collectors.joining("; "));
    return new LinkPath(DataPath.RECORDS, Optional.of(reasons));
  }

  private static boolean usesRecordsAsConfigured(EncodedBatches part) {
    return !part.usesEncodedBatches() && part.dataPathReason().isEmpty();
  }
}
