using System;

namespace Promptcms.Client
{
    /// <summary>What every error of this client is. The key is never part of one.</summary>
    public abstract class PromptcmsException : Exception
    {
        /// <summary>Make an error from a sentence that says what is wrong and what to do next.</summary>
        protected PromptcmsException(string message, string code, int status, string field)
            : base(message)
        {
            Code = code;
            Status = status;
            Field = field;
        }

        /// <summary>The kind of error: `not_found`, `unauthorized`, `forbidden`, `bad_request`,
        /// `unavailable`, `template` or `config`.</summary>
        public abstract string Kind { get; }

        /// <summary>The server's code, such as `label_not_found`; the kind where it gave none.</summary>
        public string Code { get; }

        /// <summary>The HTTP status; 0 where no server answered.</summary>
        public int Status { get; }

        /// <summary>Which part of the question was wrong; null where the server did not say.</summary>
        public string Field { get; }

        /// <summary>Return the error that a refused first question becomes.</summary>
        internal static PromptcmsException Of(int status, string code, string message, string field)
        {
            switch (status)
            {
                case 401:
                    return new PromptUnauthorizedException(message, code, status, field);
                case 403:
                    return new PromptForbiddenException(message, code, status, field);
                case 404:
                    return new PromptNotFoundException(message, code, status, field);
            }
            bool wrong = status >= 400 && status < 500 && status != 408 && status != 429;
            return wrong
                ? (PromptcmsException)new PromptBadRequestException(message, code, status, field)
                : new PromptUnavailableException(message, code, status, field);
        }
    }

    /// <summary>There is no such prompt, version or label for this key.</summary>
    public sealed class PromptNotFoundException : PromptcmsException
    {
        internal PromptNotFoundException(string message, string code = null, int status = 0, string field = null)
            : base(message, code ?? "not_found", status, field) { }

        /// <inheritdoc/>
        public override string Kind => "not_found";
    }

    /// <summary>The server does not know this key: it is wrong, expired or revoked.</summary>
    public sealed class PromptUnauthorizedException : PromptcmsException
    {
        internal PromptUnauthorizedException(string message, string code = null, int status = 0, string field = null)
            : base(message, code ?? "unauthorized", status, field) { }

        /// <inheritdoc/>
        public override string Kind => "unauthorized";
    }

    /// <summary>The key is good, but not for this.</summary>
    public sealed class PromptForbiddenException : PromptcmsException
    {
        internal PromptForbiddenException(string message, string code = null, int status = 0, string field = null)
            : base(message, code ?? "forbidden", status, field) { }

        /// <inheritdoc/>
        public override string Kind => "forbidden";
    }

    /// <summary>The question makes no sense; asking again does not help.</summary>
    public sealed class PromptBadRequestException : PromptcmsException
    {
        internal PromptBadRequestException(string message, string code = null, int status = 0, string field = null)
            : base(message, code ?? "bad_request", status, field) { }

        /// <inheritdoc/>
        public override string Kind => "bad_request";
    }

    /// <summary>The server is away, too busy, or something else answers in its place.</summary>
    public sealed class PromptUnavailableException : PromptcmsException
    {
        internal PromptUnavailableException(string message, string code = null, int status = 0, string field = null)
            : base(message, code ?? "unavailable", status, field) { }

        /// <inheritdoc/>
        public override string Kind => "unavailable";
    }

    /// <summary>The text cannot be filled with the values that were given.</summary>
    public sealed class PromptTemplateException : PromptcmsException
    {
        internal PromptTemplateException(string message) : base(message, "template", 0, null) { }

        /// <inheritdoc/>
        public override string Kind => "template";
    }

    /// <summary>A setting of the client is missing or wrong.</summary>
    public sealed class PromptConfigException : PromptcmsException
    {
        internal PromptConfigException(string message, string setting) : base(message, "config", 0, setting) { }

        /// <inheritdoc/>
        public override string Kind => "config";
    }
}
