package dev.twinlog.internal.engine.lane;

import dev.twinlog.spi.RetriableException;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Ends a session that has read another record at an offset that the user has skipped: the source
 * has lost the one that was meant. The next session copies the new one.
 */
public final class SkipReplacedException extends RetriableException {
  private static final long serialVersionUID = 1L;

  private final transient List<Long> offsets;

  SkipReplacedException(TopicPartition source, List<Long> offsets) {
    super(
        "the records that were skipped at %s of %s were lost by the source, which has others there now: these are copied"
            .formatted(offsets, source));
    this.offsets = List.copyOf(offsets);
  }

  /** The offsets that are not skipped any more. */
  public List<Long> offsets() {
    return offsets;
  }
}
