package dev.twinlog.testkit.junit;

import dev.twinlog.testkit.child.ChildJvm;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Fails a JUnit test that leaks a thread or logs an unexpected warning or error:
 *
 * <ul>
 *   <li>a live thread whose name starts with {@code twinlog-} and that was not there before the
 *       test; it is given three seconds to end;
 *   <li>a log event of WARN or ERROR of a {@code dev.twinlog} logger during the test, unless {@link
 *       ExpectedLogs} or {@link LogCapture#expect} allows it.
 * </ul>
 *
 * <p>When a test fails, it also prints the output of the test's {@linkplain ChildJvm child JVMs}.
 *
 * <p>Logs are checked where Logback is the SLF4J binding; otherwise the test run gets a report
 * entry {@code twinlog.logs} that says so. Threads and logs are those of the whole JVM, so don't
 * run such tests in parallel with others in the same JVM. Threads that live from {@code @BeforeAll}
 * to {@code @AfterAll} are allowed, and checked after the class.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(CleanTestExtension.class)
public @interface CleanAfterEach {}
