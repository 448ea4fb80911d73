package dev.twinlog.internal.progress;

import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What a completion stage failed with. */
public final class FailedStage {
  private FailedStage() {}

  /** The cause itself, out of the wrapping that dependent stages put around it. */
  public static @Nullable Throwable cause(@Nullable Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
