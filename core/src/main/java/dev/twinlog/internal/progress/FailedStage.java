package dev.twinlog.internal.progress;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Unwraps and converts the exceptions of failed completion stages. */
public final class FailedStage {
  private FailedStage() {}

  /** Returns the cause without the {@link CompletionException} that dependent stages add. */
  public static @Nullable Throwable cause(@Nullable Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }

  /**
   * Converts the cause; an unknown one counts as retriable.
   *
   * @param what begins the message about an unknown one
   */
  public static ReplicationException asReplicationException(String what, Throwable error) {
    Throwable cause = cause(error);
    return cause instanceof ReplicationException known
        ? known
        : new RetriableException(what + cause, cause);
  }
}
