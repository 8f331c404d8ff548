using System;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>What an application needs of a client; <see cref="FakePromptClient"/> stands in for it in unit tests.</summary>
    public interface IPromptClient : IDisposable
    {
        /// <summary>Return a prompt; see <see cref="PromptClient.GetPromptAsync"/>.</summary>
        Task<Prompt> GetPromptAsync(
            string name, string label = null, string version = null, string unit = null, Fallback fallback = null);

        /// <summary>Return a prompt; see <see cref="PromptClient.GetPrompt"/>.</summary>
        Prompt GetPrompt(
            string name, string label = null, string version = null, string unit = null, Fallback fallback = null);

        /// <summary>Tell how a call with a prompt went; see <see cref="PromptClient.Report"/>.</summary>
        void Report(Prompt prompt, Report report);

        /// <summary>Send the reports that wait; see <see cref="PromptClient.FlushAsync"/>.</summary>
        Task<int> FlushAsync(TimeSpan? timeout = null);
    }
}
