package dev.twinlog.testkit;

import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.SourcePartition;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * A progress store without a disk, for tests: what it saves lives as long as the {@link
 * InMemoryProgress} behind it. Saves complete before they return.
 *
 * <p>Thread-safe. Threading, errors, lifecycle and blocking as {@link ProgressStore}.
 */
public final class InMemoryProgressStore implements ProgressStore, LinkRegistry {
  private final InMemoryProgress shared;
  private volatile Optional<LinkDescription> registered = Optional.empty();
  private volatile boolean closed;

  InMemoryProgressStore(InMemoryProgress shared) {
    this.shared = shared;
  }

  /** A store that shares its progress with no one. */
  public static InMemoryProgressStore create() {
    return InMemoryProgress.create().openStore();
  }

  @Override
  public Map<SourcePartition, Progress> load() {
    if (closed) {
      throw new LinkFailedException("this in-memory progress store is closed");
    }
    Map<SourcePartition, Progress> saved = shared.takeOver(this);
    registered = shared.description();
    return saved;
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed) {
    List<Progress> copy = List.copyOf(changed);
    return complete(() -> shared.save(this, copy));
  }

  @Override
  public Optional<LinkDescription> registered() {
    return registered;
  }

  @Override
  public CompletionStage<Void> register(Optional<LinkDescription> description) {
    return complete(() -> shared.describe(this, description));
  }

  private CompletionStage<Void> complete(BooleanSupplier asOwner) {
    try {
      if (closed) {
        throw new LinkFailedException("this in-memory progress store is closed");
      }
      if (!asOwner.getAsBoolean()) {
        throw new FencedException("another instance took this in-memory progress over");
      }
      return CompletableFuture.completedFuture(null);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
