package dev.twinlog.spi;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The ability of a {@link ProgressStore} to keep the link's description where others can read it.
 *
 * <p>Errors and blocking as {@link ProgressStore#save}; while a save is in progress another thread
 * may call {@link #register}.
 */
public interface LinkRegistry {

  /** What was registered when the store was loaded. */
  Optional<LinkDescription> registered();

  /** Registers the description, or withdraws it. */
  CompletionStage<Void> register(Optional<LinkDescription> description);
}
