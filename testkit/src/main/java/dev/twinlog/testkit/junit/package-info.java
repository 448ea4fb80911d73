/**
 * JUnit extensions that check that a test leaves no thread behind and logs no unexpected warning
 * ({@link dev.twinlog.testkit.junit.CleanAfterEach}, {@link
 * dev.twinlog.testkit.junit.ExpectedLogs}, {@link dev.twinlog.testkit.junit.LogCapture}). Logs are
 * checked where Logback is the SLF4J binding.
 */
@NullMarked
package dev.twinlog.testkit.junit;

import org.jspecify.annotations.NullMarked;
