package dev.twinlog.internal.options;

import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** The parts of a disabled link that was given none. */
final class NoOpParts implements Source, Sink {
  private static final NoOpParts NONE = new NoOpParts();
  static final Source SOURCE = NONE;
  static final Sink SINK = NONE;

  private NoOpParts() {}

  @Override
  public List<SourcePartition> partitions() {
    return List.of();
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    return Map.of();
  }

  @Override
  public SourceReader openReader(PluginContext context) {
    throw new IllegalStateException("the link is disabled");
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    throw new IllegalStateException("the link is disabled");
  }
}
