package dev.twinlog;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
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

  /** Encoded batches are copied only between Kafka parts that both support them. */
  static LinkPath between(Source source, Sink sink) {
    return source instanceof KafkaSource from && sink instanceof KafkaSink to
        ? between(
            new LinkPath(from.dataPath(), from.dataPathReason()),
            new LinkPath(to.dataPath(), to.dataPathReason()))
        : new LinkPath(DataPath.RECORDS, Optional.empty());
  }

  /** The path of two Kafka parts, each with its own; a part without a reason was configured so. */
  static LinkPath between(LinkPath source, LinkPath sink) {
    if (source.isBatches() && sink.isBatches()) {
      return new LinkPath(DataPath.BATCHES, Optional.empty());
    }
    if (source.wasAskedFor() || sink.wasAskedFor()) {
      return new LinkPath(DataPath.RECORDS, Optional.empty());
    }
    String reasons =
        Stream.of(source, sink)
            .flatMap(part -> part.reason().stream())
            .distinct()
            .collect(Collectors.joining("; "));
    return new LinkPath(DataPath.RECORDS, Optional.of(reasons));
  }

  private boolean isBatches() {
    return path == DataPath.BATCHES;
  }

  private boolean wasAskedFor() {
    return !isBatches() && reason.isEmpty();
  }
}
