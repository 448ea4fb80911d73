package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.records.ClientSettings;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.SourcePartition;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Keeps a link's state in its topic. */
public final class StateTopicStore implements ProgressStore, LinkRegistry {
  public StateTopicStore(ClientSettings settings, PluginContext context) {}

  @Override
  public Map<SourcePartition, Progress> load() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<LinkDescription> registered() {
    return Optional.empty();
  }

  @Override
  public CompletionStage<Void> register(Optional<LinkDescription> description) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
