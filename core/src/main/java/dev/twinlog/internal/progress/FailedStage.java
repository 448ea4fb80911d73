package dev.twinlog.internal.progress;

import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Unwraps the exceptions of failed completion stages. */
public final class FailedStage {
  private FailedStage() {}

  /** Returns the cause without the {@link CompletionException} that dependent stages add. */
  public static @Nullable Throwable cause(@Nullable Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
